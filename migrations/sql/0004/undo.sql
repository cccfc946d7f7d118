DROP TABLE audit_log;
DROP INDEX idx_subscriptions_latest, idx_subscriptions_end_date;
DROP FUNCTION subscription_state;
