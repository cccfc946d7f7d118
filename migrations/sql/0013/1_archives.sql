-- Everything of a reader, taken out as one file or brought in from one: requests, and how far they
-- are. Also the queue of the worker that carries them out.

CREATE TABLE archives (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    stage text NOT NULL DEFAULT '',
    progress double precision NOT NULL DEFAULT 0,
    error text,
    storage_key text,
    byte_size bigint NOT NULL DEFAULT 0,
    file_name text NOT NULL DEFAULT '',
    report jsonb NOT NULL DEFAULT '{}'::jsonb,
    reached jsonb NOT NULL DEFAULT '{}'::jsonb,
    put_keys text[] NOT NULL DEFAULT '{}',
    attempt integer NOT NULL DEFAULT 0,
    deaths integer NOT NULL DEFAULT 0,
    heartbeat_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT valid_archive_kind CHECK (kind IN ('export', 'import')),
    CONSTRAINT valid_archive_status
        CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    CONSTRAINT valid_archive_progress CHECK (progress BETWEEN 0 AND 1),
    CONSTRAINT valid_archive_byte_size CHECK (byte_size >= 0)
);
CREATE INDEX idx_archives_user_latest ON archives (user_id, created_at DESC, id DESC);
CREATE INDEX idx_archives_queue ON archives (created_at, id)
    WHERE status IN ('pending', 'processing');
CREATE INDEX idx_archives_expires_at ON archives (expires_at);
CREATE INDEX idx_archives_storage_key ON archives (storage_key);
CREATE UNIQUE INDEX uq_archives_open ON archives (user_id, kind)
    WHERE status IN ('pending', 'processing');

-- Whoever lets go of a file, be it the reader, the worker or the deletion of the account: its key
-- is kept in the same transaction, for a worker to remove the object. Objects that an import has
-- put are named by rows from the moment its transaction strikes them off `put_keys`.
CREATE FUNCTION abandon_archive() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO abandoned_objects (key)
        SELECT key FROM unnest(
            CASE WHEN TG_OP = 'DELETE' THEN OLD.put_keys || OLD.storage_key
                 ELSE ARRAY[OLD.storage_key] END) AS key
        WHERE key IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER abandon_deleted AFTER DELETE ON archives
    FOR EACH ROW EXECUTE FUNCTION abandon_archive();
CREATE TRIGGER abandon_replaced AFTER UPDATE OF storage_key ON archives
    FOR EACH ROW WHEN (OLD.storage_key IS DISTINCT FROM NEW.storage_key)
    EXECUTE FUNCTION abandon_archive();
REVOKE EXECUTE ON FUNCTION abandon_archive() FROM PUBLIC;

ALTER TABLE archives ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON archives TO earshot_app;
GRANT SELECT, UPDATE, DELETE ON archives TO earshot_worker;
CREATE POLICY own_archives ON archives TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON archives TO earshot_worker USING (true) WITH CHECK (true);
