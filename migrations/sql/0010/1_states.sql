-- What a reader did with a story, each with its moment.

ALTER TABLE news_history
    ADD COLUMN read_at timestamptz,
    ADD COLUMN starred_at timestamptz,
    ADD COLUMN archived_at timestamptz;

-- Reading is no change of the story: updated_at stays, on which the marker of outdated narrations
-- and the check for two people editing rest. The trigger is the source document's but for its
-- columns.
DROP TRIGGER update_news_updated_at ON news_history;
CREATE TRIGGER update_news_updated_at
    BEFORE UPDATE OF id, headline, content, source_url, published_at, user_id, metadata,
                     created_at, updated_at
    ON news_history FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- What was heard to the end before there were states has been read.
UPDATE news_history AS n SET read_at = h.finished_at
FROM (SELECT t.news_id, p.user_id, min(p.finished_at) AS finished_at
      FROM playback_positions AS p JOIN audio_tracks AS t ON t.id = p.track_id
      WHERE p.finished_at IS NOT NULL AND t.news_id IS NOT NULL
      GROUP BY t.news_id, p.user_id) AS h
WHERE n.id = h.news_id AND n.user_id = h.user_id;

-- The lists read the first rows of these and stop.
CREATE INDEX idx_news_user_unread ON news_history (user_id, created_at DESC, id DESC)
    WHERE read_at IS NULL AND archived_at IS NULL;
CREATE INDEX idx_news_user_starred ON news_history (user_id, created_at DESC, id DESC)
    WHERE starred_at IS NOT NULL;
CREATE INDEX idx_news_user_archived ON news_history (user_id, created_at DESC, id DESC)
    WHERE archived_at IS NOT NULL;
CREATE INDEX idx_media_user_sounds ON media_assets (user_id, news_id)
    WHERE type = 'audio' AND news_id IS NOT NULL;
