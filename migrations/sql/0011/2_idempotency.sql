-- What was answered to a request that carried an Idempotency-Key. The row is written in the
-- transaction of the work: a second request with the key waits at the primary key for the first one
-- to end, and then finds its answer, or nothing if it came to nothing.

CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL,
    request_digest text NOT NULL,
    status integer,
    body text,
    location text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO earshot_app;
GRANT SELECT, DELETE ON idempotency_keys TO earshot_worker;
CREATE POLICY own_keys ON idempotency_keys TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON idempotency_keys TO earshot_worker USING (true) WITH CHECK (true);
