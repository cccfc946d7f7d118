DROP FUNCTION drop_usage_month, delete_old_usage, admin_to_ask;
ALTER FUNCTION make_usage_partitions(date, integer) RESET lock_timeout;
DROP TRIGGER give_back_failed ON audio_generation_history;
DROP TRIGGER give_back_deleted ON audio_generation_history;
DROP FUNCTION give_back_charge, count_held;
ALTER TABLE audio_generation_history DROP COLUMN charged, DROP COLUMN charged_period;
DROP TABLE usage_counters;
