-- What is spent of a plan, counted in the transaction of the work: one row a user, resource and
-- period. A statement that adds names the limit, so that two at once can't both take the last place.
--
-- characters, api_calls   spent within a month; `period` is its first day in UTC
-- sources                 held, not spent; `period` is 1970-01-01

CREATE TABLE usage_counters (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource text NOT NULL,
    period date NOT NULL,
    used bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, resource, period),
    CONSTRAINT valid_resource CHECK (resource IN ('characters', 'api_calls', 'sources')),
    CONSTRAINT valid_used CHECK (used >= 0)
);

ALTER TABLE usage_counters ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON usage_counters TO earshot_app;
GRANT SELECT ON usage_counters TO earshot_admin, earshot_worker;
CREATE POLICY own_counters ON usage_counters TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY admins ON usage_counters FOR SELECT TO earshot_admin
    USING ((SELECT earshot_is_admin()));
CREATE POLICY worker ON usage_counters FOR SELECT TO earshot_worker USING (true);

-- What an attempt at a narration has cost, and of which month. It is given back by the database
-- when the attempt comes to nothing, whoever ends it: the reader, a worker, or a deletion.

ALTER TABLE audio_generation_history
    ADD COLUMN charged integer NOT NULL DEFAULT 0,
    ADD COLUMN charged_period date,
    ADD CONSTRAINT valid_charge CHECK (
        charged >= 0 AND (charged = 0 OR charged_period IS NOT NULL)
    );

CREATE FUNCTION give_back_charge() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE usage_counters SET used = greatest(used - OLD.charged, 0)
    WHERE user_id = OLD.user_id AND resource = 'characters' AND period = OLD.charged_period
          -- Not while the account itself is being deleted: its counters go next.
          AND EXISTS (SELECT FROM users WHERE id = OLD.user_id);
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.charged := 0;
    RETURN NEW;
END;
$$;
CREATE TRIGGER give_back_failed BEFORE UPDATE OF status ON audio_generation_history
    FOR EACH ROW WHEN (NEW.status = 'failed' AND OLD.status <> 'failed' AND OLD.charged > 0)
    EXECUTE FUNCTION give_back_charge();
CREATE TRIGGER give_back_deleted BEFORE DELETE ON audio_generation_history
    FOR EACH ROW WHEN (OLD.status IN ('pending', 'processing') AND OLD.charged > 0)
    EXECUTE FUNCTION give_back_charge();

-- For tables whose rows are held within a limit and have no total elsewhere: the argument names
-- the resource. It counts whatever is written, by whomever.
CREATE FUNCTION count_held() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO usage_counters AS c (user_id, resource, period, used)
        VALUES (NEW.user_id, TG_ARGV[0], '1970-01-01', 1)
        ON CONFLICT (user_id, resource, period) DO UPDATE SET used = c.used + 1;
    ELSE
        UPDATE usage_counters SET used = greatest(used - 1, 0)
        WHERE user_id = OLD.user_id AND resource = TG_ARGV[0] AND period = '1970-01-01'
              AND EXISTS (SELECT FROM users WHERE id = OLD.user_id);
    END IF;
    RETURN NULL;
END;
$$;

-- Whom to ask for more, unless the setting CONTACT says so: the admin who has been here longest.
CREATE FUNCTION admin_to_ask() RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN (SELECT email FROM users WHERE role = 'admin' AND suspended_at IS NULL
            ORDER BY created_at, id LIMIT 1);

REVOKE EXECUTE ON FUNCTION give_back_charge(), count_held(), admin_to_ask() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admin_to_ask() TO earshot_app, earshot_worker;
