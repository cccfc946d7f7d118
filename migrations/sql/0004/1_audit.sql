-- Who did what to whom, when, from where and why. Rows are added and never changed.
--
-- People are named by id and address without foreign keys, so that the log still says who it was
-- when an account is gone.

CREATE TABLE audit_log (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    actor_email text NOT NULL DEFAULT '',
    action text NOT NULL,
    subject_id uuid,
    subject_email text NOT NULL DEFAULT '',
    object_type text NOT NULL DEFAULT '',
    object_id uuid,
    reason text NOT NULL DEFAULT '',
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}',
    address text NOT NULL DEFAULT '',
    agent text NOT NULL DEFAULT '',
    CONSTRAINT valid_action CHECK (action <> '')
);
CREATE INDEX idx_audit_latest ON audit_log (created_at DESC, id DESC);
CREATE INDEX idx_audit_actor ON audit_log (actor_id, created_at DESC, id DESC);
CREATE INDEX idx_audit_subject ON audit_log (subject_id, created_at DESC, id DESC);
CREATE INDEX idx_audit_object ON audit_log (object_id, created_at DESC, id DESC);

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT ON audit_log TO earshot_admin;
GRANT INSERT ON audit_log TO earshot_app, earshot_accounts;
GRANT SELECT, INSERT, DELETE ON audit_log TO earshot_worker;
CREATE POLICY admins ON audit_log TO earshot_admin
    USING ((SELECT earshot_is_admin()))
    WITH CHECK ((SELECT earshot_is_admin()) AND actor_id = (SELECT earshot_reader()));
CREATE POLICY own_acts ON audit_log FOR INSERT TO earshot_app
    WITH CHECK (actor_id = (SELECT earshot_reader()));
CREATE POLICY accounts ON audit_log FOR INSERT TO earshot_accounts WITH CHECK (true);
CREATE POLICY worker ON audit_log TO earshot_worker USING (true) WITH CHECK (true);
