-- Files of subscriptions that an admin has sent and looks at before they are applied. They stand
-- here, so that any web process can show and apply them; the worker removes them after a day.

CREATE TABLE subscription_imports (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    name text NOT NULL,
    zone text NOT NULL DEFAULT '',
    content text NOT NULL,
    applied_at timestamptz,
    result jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX idx_subscription_imports_user_id ON subscription_imports (user_id);
CREATE INDEX idx_subscription_imports_created_at ON subscription_imports (created_at);

ALTER TABLE subscription_imports ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON subscription_imports TO earshot_admin;
GRANT SELECT, DELETE ON subscription_imports TO earshot_worker;
CREATE POLICY own_imports ON subscription_imports TO earshot_admin
    USING ((SELECT earshot_is_admin()) AND user_id = (SELECT earshot_reader()))
    WITH CHECK ((SELECT earshot_is_admin()) AND user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON subscription_imports TO earshot_worker USING (true);
