-- What programs sign in with: a secret of which only the digest is kept. A revoked one stays in the
-- list, so that its owner can see that it was theirs.

CREATE TABLE api_tokens (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    digest text NOT NULL,
    prefix text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT valid_scopes CHECK (
        cardinality(scopes) > 0
        AND scopes <@ ARRAY['read:stories', 'write:stories', 'read:media', 'write:media',
                            'read:audio', 'write:audio', 'read:usage']
    )
);
CREATE UNIQUE INDEX uq_api_tokens_digest ON api_tokens (digest);
CREATE INDEX idx_api_tokens_user_latest ON api_tokens (user_id, created_at DESC, id DESC);

ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_tokens TO earshot_app;
CREATE POLICY own_tokens ON api_tokens TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));

-- Whose a request is has to be found out before there is a reader.
GRANT SELECT, UPDATE (last_used_at) ON api_tokens TO earshot_accounts;
CREATE POLICY accounts ON api_tokens TO earshot_accounts USING (true) WITH CHECK (true);
