DROP INDEX idx_news_source_latest;
ALTER TABLE news_history DROP COLUMN source_id;
DROP TABLE source_entries, sources, fetch_hosts;
DROP FUNCTION note_host;
