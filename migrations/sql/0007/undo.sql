DROP INDEX idx_user_totals_bytes, idx_user_totals_story_media, idx_user_totals_news;
DROP TRIGGER note_usage ON usage_metrics;
DROP TRIGGER note_opened ON user_totals;
DROP TRIGGER note_changed ON user_totals;
DROP TRIGGER note_closed ON user_totals;
DROP FUNCTION rebuild_usage_daily(date), fold_usage_daily(integer), summarize_usage(date[]),
    summarized(usage_daily[]), note_stored(), note_usage();
DROP TABLE usage_daily, usage_summary;
DROP FUNCTION forget_usage();
DROP FUNCTION plan_in_force(uuid, timestamptz);
DROP FUNCTION plans_in_force(uuid, timestamptz);
DROP FUNCTION subscription_state_then(text, timestamptz, timestamptz, timestamptz, timestamptz);
