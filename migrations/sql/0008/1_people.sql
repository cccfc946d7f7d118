-- What admins need to look after people.

ALTER TABLE users ADD COLUMN suspended_for text NOT NULL DEFAULT '';
CREATE INDEX idx_users_latest ON users (created_at DESC, id DESC);

-- Invitations are listed and revoked by a name that gives nothing away.
ALTER TABLE account_tokens ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX uq_account_tokens_id ON account_tokens (id);

-- Somebody must be able to look after the site: the last admin who may sign in stays one. The
-- lock lets one transaction at a time take an admin away, and whoever waited for it sees what the
-- one before has done; so of two admins who demote each other at once, one remains.
CREATE FUNCTION keep_an_admin() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('keep_an_admin'));
    IF NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND suspended_at IS NULL) THEN
        RAISE EXCEPTION 'the last admin stays'
            USING ERRCODE = 'check_violation', TABLE = 'users', CONSTRAINT = 'last_admin';
    END IF;
    RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER last_admin_changed AFTER UPDATE OF role, suspended_at ON users
    FOR EACH ROW
    WHEN (OLD.role = 'admin' AND OLD.suspended_at IS NULL
          AND (NEW.role <> 'admin' OR NEW.suspended_at IS NOT NULL))
    EXECUTE FUNCTION keep_an_admin();
CREATE CONSTRAINT TRIGGER last_admin_deleted AFTER DELETE ON users
    FOR EACH ROW WHEN (OLD.role = 'admin' AND OLD.suspended_at IS NULL)
    EXECUTE FUNCTION keep_an_admin();
REVOKE EXECUTE ON FUNCTION keep_an_admin() FROM PUBLIC;
