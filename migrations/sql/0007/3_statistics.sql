-- The statistics, sorted by any of their numbers and read one page at a time.
CREATE INDEX idx_user_totals_news ON user_totals (news, user_id);
CREATE INDEX idx_user_totals_story_media ON user_totals (story_media, user_id);
CREATE INDEX idx_user_totals_bytes ON user_totals (bytes, user_id);
