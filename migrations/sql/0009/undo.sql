-- The library counts as before; what lives elsewhere is part of it then.

CREATE OR REPLACE VIEW counted_totals AS
    SELECT u.id AS user_id,
           coalesce(n.news, 0) AS news, coalesce(m.story_media, 0) AS story_media,
           coalesce(m.images, 0) AS images, coalesce(m.sounds, 0) AS sounds,
           coalesce(a.tracks, 0) AS tracks,
           (coalesce(m.bytes, 0) + coalesce(a.bytes, 0))::bigint AS bytes
    FROM users AS u
    LEFT JOIN (SELECT user_id, count(*) AS news FROM news_history GROUP BY user_id) AS n
        ON n.user_id = u.id
    LEFT JOIN (SELECT user_id, count(news_id) AS story_media,
                      count(*) FILTER (WHERE type = 'image') AS images,
                      count(*) FILTER (WHERE type = 'audio' AND track_id IS NULL) AS sounds,
                      sum(byte_size) AS bytes
               FROM media_assets GROUP BY user_id) AS m ON m.user_id = u.id
    LEFT JOIN (SELECT user_id, count(*) AS tracks, sum(byte_size) AS bytes
               FROM audio_tracks GROUP BY user_id) AS a ON a.user_id = u.id;

DROP TRIGGER count_added ON media_assets;
DROP TRIGGER count_gone ON media_assets;
DROP TRIGGER count_changed ON media_assets;
DROP TRIGGER count_truncated ON media_assets;
CREATE TRIGGER count_added AFTER INSERT ON media_assets REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'' AND track_id IS NULL)::int', '0', 'byte_size');
CREATE TRIGGER count_gone AFTER DELETE ON media_assets REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'' AND track_id IS NULL)::int', '0', 'byte_size');
CREATE TRIGGER count_changed AFTER UPDATE ON media_assets
    REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'' AND track_id IS NULL)::int', '0', 'byte_size');
CREATE TRIGGER count_truncated AFTER TRUNCATE ON media_assets
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'' AND track_id IS NULL)::int', '0', 'byte_size');
DROP INDEX idx_media_user_library;
ALTER TABLE media_assets DROP COLUMN arrived;
DROP INDEX idx_news_source_latest;
ALTER TABLE news_history DROP COLUMN source_id;
DROP TABLE source_entries, sources, fetch_hosts;
DROP FUNCTION note_host;
