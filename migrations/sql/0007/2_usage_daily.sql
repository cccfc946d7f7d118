-- What was used, by day and person, for charts: a year of it is read at once, and it stays when
-- old months of usage_metrics are dropped. Days are UTC's.
--
-- Rows are only ever added by those who use something, never changed: two of them meet in no row
-- and so never wait for each other. Several rows of one day add up; a job folds them into one.

CREATE TABLE usage_daily (
    day date NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    action text NOT NULL,
    plan text NOT NULL DEFAULT 'none',
    voice text NOT NULL DEFAULT '',
    events bigint NOT NULL DEFAULT 0,
    quantity double precision NOT NULL DEFAULT 0,
    folded boolean NOT NULL DEFAULT false
);
CREATE INDEX idx_usage_daily_action ON usage_daily (action, day)
    INCLUDE (user_id, plan, voice, events, quantity);
CREATE INDEX idx_usage_daily_user ON usage_daily (user_id, day);
CREATE INDEX idx_usage_daily_day ON usage_daily (day);
CREATE INDEX idx_usage_daily_loose ON usage_daily (action, day) WHERE NOT folded;

-- The folded rows of everybody together, by day, week and month: everything, per plan, per voice.
-- A year of it is a few thousand rows however many people there are. What is loose comes on top.
CREATE TABLE usage_summary (
    step text NOT NULL CHECK (step IN ('day', 'week', 'month')),
    split text NOT NULL CHECK (split IN ('', 'plan', 'voice')),
    action text NOT NULL,
    period date NOT NULL,
    key text NOT NULL DEFAULT '',
    events bigint NOT NULL,
    quantity double precision NOT NULL,
    people bigint NOT NULL,
    PRIMARY KEY (step, split, action, period, key)
);

-- Metrics, as they are written to the table (not when months are moved about within it).
CREATE FUNCTION note_usage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO usage_daily (day, user_id, action, plan, voice, events, quantity)
    SELECT (m.created_at AT TIME ZONE 'UTC')::date, m.user_id, m.action,
           coalesce(p.plan, 'none'), coalesce(m.metadata ->> 'voice', ''),
           count(*), sum(m.quantity)
    FROM added AS m
    LEFT JOIN LATERAL plans_in_force(m.user_id, m.created_at) AS p (plan) ON true
    GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_usage AFTER INSERT ON usage_metrics
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_usage();

-- Storage: what user_totals gains or loses, so that the sum up to a day is what was stored at its
-- end. An account that is being deleted takes its days along.
CREATE FUNCTION note_stored() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changes text := concat_ws(
        ' UNION ALL ',
        CASE WHEN TG_OP <> 'DELETE' THEN 'SELECT user_id, bytes FROM added' END,
        CASE WHEN TG_OP <> 'INSERT' THEN 'SELECT user_id, -bytes FROM gone' END
    );
BEGIN
    EXECUTE format(
        'INSERT INTO usage_daily (day, user_id, action, plan, events, quantity)'
        ' SELECT (now() AT TIME ZONE ''UTC'')::date, c.user_id, ''stored'','
        '        plan_in_force(c.user_id, now()), 1, sum(c.bytes)'
        ' FROM (%s) AS c (user_id, bytes) JOIN users AS u ON u.id = c.user_id'
        ' GROUP BY c.user_id HAVING sum(c.bytes) <> 0', changes);
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_opened AFTER INSERT ON user_totals
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_stored();
CREATE TRIGGER note_changed AFTER UPDATE ON user_totals
    REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION note_stored();
CREATE TRIGGER note_closed AFTER DELETE ON user_totals
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_stored();

-- Everybody's part of some rows in the summary. Of an account that goes, exactly what it had added.
CREATE FUNCTION summarized(parts usage_daily[]) RETURNS SETOF usage_summary
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT step, split, action, date_trunc(step, day::timestamp)::date,
           CASE split WHEN 'plan' THEN plan WHEN 'voice' THEN voice ELSE '' END,
           sum(events)::bigint, sum(quantity), count(DISTINCT user_id)
    FROM unnest(parts),
         (VALUES ('day'), ('week'), ('month')) AS steps (step),
         (VALUES (''), ('plan'), ('voice')) AS splits (split)
    WHERE folded
    GROUP BY 1, 2, 3, 4, 5
$$;

-- Sum up anew the days, weeks and months that hold some of these days.
CREATE FUNCTION summarize_usage(days date[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    one text;
    periods date[];
BEGIN
    FOREACH one IN ARRAY ARRAY['day', 'week', 'month'] LOOP
        periods := ARRAY(SELECT DISTINCT date_trunc(one, day::timestamp)::date
                         FROM unnest(days) AS day);
        DELETE FROM usage_summary WHERE step = one AND period = ANY (periods);
        INSERT INTO usage_summary
        SELECT one, CASE grouping(d.plan, d.voice) WHEN 3 THEN '' WHEN 1 THEN 'plan' ELSE 'voice' END,
               d.action, p.period, coalesce(d.plan, d.voice, ''),
               sum(d.events), sum(d.quantity), count(DISTINCT d.user_id)
        FROM usage_daily AS d
        JOIN unnest(periods) AS p (period) ON p.period = date_trunc(one, d.day::timestamp)::date
        WHERE d.folded AND d.day >= (SELECT min(period) FROM unnest(periods) AS period)
              AND d.day < (SELECT max(period) + ('1 ' || one)::interval
                           FROM unnest(periods) AS period)
        GROUP BY d.action, p.period, GROUPING SETS ((), (d.plan), (d.voice));
    END LOOP;
END;
$$;

-- An account that goes takes its part of the summary along. Folding deletes rows too, but only to
-- put them back. Whoever changes the summary takes one lock first, so that none is overlooked.
CREATE FUNCTION forget_usage() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('earshot.folding', true) = 'yes' OR NOT EXISTS (SELECT FROM gone WHERE folded)
    THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('fold_usage_daily'));
    UPDATE usage_summary AS s
    SET events = s.events - g.events, quantity = s.quantity - g.quantity,
        people = s.people - g.people
    FROM summarized(ARRAY(SELECT ROW (gone.*)::usage_daily FROM gone)) AS g
    WHERE (s.step, s.split, s.action, s.period, s.key)
          = (g.step, g.split, g.action, g.period, g.key);
    DELETE FROM usage_summary WHERE people <= 0;
    RETURN NULL;
END;
$$;
CREATE TRIGGER forget_usage AFTER DELETE ON usage_daily
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION forget_usage();

-- Fold the rows of the newest days that have loose ones; returns how many days. People are locked
-- before their rows, as a deletion of the account does, and who is being deleted is left alone.
CREATE FUNCTION fold_usage_daily(most_days integer DEFAULT 31) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    days date[];
    people uuid[];
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('fold_usage_daily'));
    days := ARRAY(SELECT DISTINCT d.day FROM usage_daily AS d WHERE NOT d.folded
                  ORDER BY d.day DESC LIMIT most_days);
    people := ARRAY(SELECT u.id FROM users AS u
                    WHERE u.id IN (SELECT d.user_id FROM usage_daily AS d
                                   WHERE d.day = ANY (days) AND NOT d.folded)
                    ORDER BY u.id FOR KEY SHARE SKIP LOCKED);
    PERFORM set_config('earshot.folding', 'yes', true);
    WITH taken AS (
        DELETE FROM usage_daily AS d
        WHERE d.day = ANY (days) AND d.user_id = ANY (people)
        RETURNING d.*
    )
    INSERT INTO usage_daily
    SELECT day, user_id, action, plan, voice, sum(events), sum(quantity), true
    FROM taken GROUP BY day, user_id, action, plan, voice;
    PERFORM set_config('earshot.folding', '', true);
    PERFORM summarize_usage(days);
    RETURN cardinality(days);
END;
$$;

-- Count the days from `since` on anew from usage_metrics; storage is left as it was noted.
CREATE FUNCTION rebuild_usage_daily(since date DEFAULT '-infinity') RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE counted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('fold_usage_daily'));
    LOCK TABLE usage_metrics IN SHARE ROW EXCLUSIVE MODE;
    PERFORM set_config('earshot.folding', 'yes', true);
    DELETE FROM usage_daily WHERE day >= since AND action <> 'stored';
    INSERT INTO usage_daily
    SELECT (m.created_at AT TIME ZONE 'UTC')::date AS day, m.user_id, m.action,
           coalesce(p.plan, 'none'), coalesce(m.metadata ->> 'voice', ''),
           count(*), sum(m.quantity), true
    FROM usage_metrics AS m
    LEFT JOIN LATERAL plans_in_force(m.user_id, m.created_at) AS p (plan) ON true
    WHERE since = '-infinity' OR m.created_at >= since::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1, 2, 3, 4, 5;
    GET DIAGNOSTICS counted = ROW_COUNT;
    PERFORM set_config('earshot.folding', '', true);
    TRUNCATE usage_summary;
    PERFORM summarize_usage(ARRAY(SELECT DISTINCT day FROM usage_daily));
    RETURN counted;
END;
$$;

-- What is there already: metrics, and storage by the day on which its files came.
INSERT INTO usage_daily
SELECT day, user_id, 'stored', plan_in_force(user_id, (day + 1)::timestamp AT TIME ZONE 'UTC'), '',
       count(*), sum(byte_size), true
FROM (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, user_id, byte_size FROM media_assets
    UNION ALL
    SELECT (created_at AT TIME ZONE 'UTC')::date, user_id, byte_size FROM audio_tracks
    WHERE user_id IS NOT NULL
) AS files
WHERE byte_size <> 0
GROUP BY day, user_id;
SELECT rebuild_usage_daily();

ALTER TABLE usage_summary ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON usage_summary TO earshot_admin;
CREATE POLICY admins ON usage_summary FOR SELECT TO earshot_admin
    USING ((SELECT earshot_is_admin()));
ALTER TABLE usage_daily ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON usage_daily TO earshot_app, earshot_admin, earshot_worker;
CREATE POLICY own_days ON usage_daily FOR SELECT TO earshot_app
    USING (user_id = (SELECT earshot_reader()));
CREATE POLICY admins ON usage_daily FOR SELECT TO earshot_admin
    USING ((SELECT earshot_is_admin()));
CREATE POLICY worker ON usage_daily FOR SELECT TO earshot_worker USING (true);
REVOKE EXECUTE ON FUNCTION
    note_usage(), note_stored(), forget_usage(), summarize_usage(date[]), summarized(usage_daily[]),
    fold_usage_daily(integer), rebuild_usage_daily(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fold_usage_daily(integer) TO earshot_worker;
