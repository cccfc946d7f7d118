REVOKE UPDATE ON throttles FROM earshot_worker;
DROP TRIGGER tell_workers ON audio_generation_history;
DROP FUNCTION tell_workers;
DROP INDEX idx_audio_generation_history_user_open, idx_audio_generation_history_storage_key;
ALTER TABLE audio_generation_history
    DROP COLUMN stage, DROP COLUMN failures, DROP COLUMN characters, DROP COLUMN storage_key;

-- The rows that stood for narrations go: without the column they would be empty sounds.
DELETE FROM media_assets WHERE track_id IS NOT NULL;
DROP TRIGGER count_added ON media_assets;
DROP TRIGGER count_gone ON media_assets;
DROP TRIGGER count_changed ON media_assets;
DROP TRIGGER count_truncated ON media_assets;
CREATE TRIGGER count_added AFTER INSERT ON media_assets REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'')::int', '0', 'byte_size');
CREATE TRIGGER count_gone AFTER DELETE ON media_assets REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'')::int', '0', 'byte_size');
CREATE TRIGGER count_changed AFTER UPDATE ON media_assets
    REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'')::int', '0', 'byte_size');
CREATE TRIGGER count_truncated AFTER TRUNCATE ON media_assets
    FOR EACH STATEMENT EXECUTE FUNCTION count_totals(
        '0', '(news_id IS NOT NULL)::int', '(type = ''image'')::int',
        '(type = ''audio'')::int', '0', 'byte_size');
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
                      count(*) FILTER (WHERE type = 'audio') AS sounds,
                      sum(byte_size) AS bytes
               FROM media_assets GROUP BY user_id) AS m ON m.user_id = u.id
    LEFT JOIN (SELECT user_id, count(*) AS tracks, sum(byte_size) AS bytes
               FROM audio_tracks GROUP BY user_id) AS a ON a.user_id = u.id;
DROP INDEX uq_media_track_id;
ALTER TABLE media_assets DROP COLUMN track_id;
ALTER TABLE audio_tracks DROP COLUMN chosen_at;
ALTER TABLE audio_alignments DROP COLUMN normalized;
