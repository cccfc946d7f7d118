-- Pictures and recordings that their reader wants kept here: what the worker has yet to fetch, and
-- what could not be had. Once a file is kept, its row goes, and with its asset. A trigger sees to that
-- and not a key, so that TRUNCATE media_assets stays a statement of its own.

CREATE TABLE media_keeps (
    media_id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'waiting',
    attempt integer NOT NULL DEFAULT 0,
    tries smallint NOT NULL DEFAULT 0,
    turn_at timestamptz NOT NULL DEFAULT now(),
    look_at timestamptz NOT NULL DEFAULT now(),
    put_keys text[] NOT NULL DEFAULT '{}',
    error text NOT NULL DEFAULT '',
    requested_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT valid_keep_state CHECK (state IN ('waiting', 'working', 'failed')),
    CONSTRAINT valid_keep_attempt CHECK (attempt >= 0),
    CONSTRAINT valid_keep_tries CHECK (tries >= 0)
);
CREATE INDEX idx_media_keeps_turn ON media_keeps (turn_at) WHERE state <> 'failed';
CREATE INDEX idx_media_keeps_user_id ON media_keeps (user_id);

-- Whoever lets go of a row whose worker was about to put objects: their keys are kept, for a worker
-- to remove them. Rows name them from the moment that a transaction strikes them off `put_keys`.
CREATE FUNCTION abandon_keep() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO abandoned_objects (key) SELECT unnest(OLD.put_keys) ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER abandon_deleted AFTER DELETE ON media_keeps
    FOR EACH ROW WHEN (OLD.put_keys <> '{}') EXECUTE FUNCTION abandon_keep();
REVOKE EXECUTE ON FUNCTION abandon_keep() FROM PUBLIC;

CREATE FUNCTION forget_keeps() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM media_keeps;
    ELSE
        DELETE FROM media_keeps WHERE media_id IN (SELECT id FROM gone);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER forget_keeps AFTER DELETE ON media_assets
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_keeps();
CREATE TRIGGER forget_all_keeps AFTER TRUNCATE ON media_assets
    FOR EACH STATEMENT EXECUTE FUNCTION forget_keeps();
REVOKE EXECUTE ON FUNCTION forget_keeps() FROM PUBLIC;

ALTER TABLE media_keeps ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON media_keeps TO earshot_app;
GRANT SELECT, UPDATE, DELETE ON media_keeps TO earshot_worker;
CREATE POLICY own_media_keeps ON media_keeps TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON media_keeps TO earshot_worker USING (true) WITH CHECK (true);
