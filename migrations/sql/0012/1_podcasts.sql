-- The secret address of a reader's private podcast. It is kept as it is, because its owner has to
-- see it again to type it into another device; it opens narrations for listening and nothing else.

CREATE TABLE podcast_feeds (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    renewed_at timestamptz,
    CONSTRAINT valid_podcast_token CHECK (length(token) >= 32)
);
CREATE UNIQUE INDEX uq_podcast_feeds_token ON podcast_feeds (token);

ALTER TABLE podcast_feeds ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (token, renewed_at), DELETE ON podcast_feeds TO earshot_app;
CREATE POLICY own_podcast ON podcast_feeds TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));

-- Whose a request is has to be found out before there is a reader.
GRANT SELECT ON podcast_feeds TO earshot_accounts;
CREATE POLICY accounts ON podcast_feeds FOR SELECT TO earshot_accounts USING (true);
