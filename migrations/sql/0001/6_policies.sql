-- The second wall. Roles belong to the whole server, so another database may have made them.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY
        ARRAY['earshot_app', 'earshot_admin', 'earshot_worker', 'earshot_accounts']
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', role_name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
    END LOOP;
END;
$$;

GRANT USAGE ON SCHEMA public
    TO earshot_app, earshot_admin, earshot_worker, earshot_accounts;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE news_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE media_assets ENABLE ROW LEVEL SECURITY;
ALTER TABLE subscriptions ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_metrics ENABLE ROW LEVEL SECURITY;
ALTER TABLE audio_tracks ENABLE ROW LEVEL SECURITY;
ALTER TABLE audio_alignments ENABLE ROW LEVEL SECURITY;
ALTER TABLE audio_generation_history ENABLE ROW LEVEL SECURITY;
ALTER TABLE user_totals ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE throttles ENABLE ROW LEVEL SECURITY;

-- Readers see what is theirs. The inner SELECT lets the planner ask once a query, not once a row.

GRANT SELECT ON users, subscriptions, user_totals TO earshot_app;
GRANT UPDATE (metadata, last_seen_at) ON users TO earshot_app;
GRANT SELECT, INSERT ON usage_metrics TO earshot_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON news_history, media_assets, audio_tracks, audio_alignments, audio_generation_history
    TO earshot_app;

CREATE POLICY own_account ON users TO earshot_app
    USING (id = (SELECT earshot_reader())) WITH CHECK (id = (SELECT earshot_reader()));
CREATE POLICY own_news ON news_history TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_media ON media_assets TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_tracks ON audio_tracks TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_alignments ON audio_alignments TO earshot_app
    USING (EXISTS (SELECT FROM audio_tracks AS t
                   WHERE t.id = track_id AND t.user_id = (SELECT earshot_reader())))
    WITH CHECK (EXISTS (SELECT FROM audio_tracks AS t
                        WHERE t.id = track_id AND t.user_id = (SELECT earshot_reader())));
CREATE POLICY own_generations ON audio_generation_history TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_subscriptions ON subscriptions FOR SELECT TO earshot_app
    USING (user_id = (SELECT earshot_reader()));
CREATE POLICY own_metrics ON usage_metrics TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_totals ON user_totals FOR SELECT TO earshot_app
    USING (user_id = (SELECT earshot_reader()));

-- Signing in and registering: accounts and what opens with one, no reader's rows.

GRANT SELECT, INSERT, UPDATE ON users TO earshot_accounts;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_tokens, throttles TO earshot_accounts;
GRANT SELECT, INSERT ON subscriptions TO earshot_accounts;
GRANT SELECT, INSERT ON usage_metrics TO earshot_accounts;
CREATE POLICY accounts ON users TO earshot_accounts USING (true) WITH CHECK (true);
CREATE POLICY accounts ON account_tokens TO earshot_accounts USING (true) WITH CHECK (true);
CREATE POLICY accounts ON throttles TO earshot_accounts USING (true) WITH CHECK (true);
CREATE POLICY accounts ON subscriptions TO earshot_accounts USING (true) WITH CHECK (true);
CREATE POLICY accounts ON usage_metrics FOR INSERT TO earshot_accounts
    WITH CHECK (action IN ('signed_up', 'signed_in'));
CREATE POLICY accounts_returning ON usage_metrics FOR SELECT TO earshot_accounts
    USING (action IN ('signed_up', 'signed_in'));

-- Admin pages: people and plans, never what somebody reads. The named user must be an admin.

CREATE FUNCTION earshot_is_admin() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN EXISTS (SELECT FROM users WHERE id = earshot_reader() AND role = 'admin'
                   AND suspended_at IS NULL);

GRANT SELECT, INSERT, UPDATE, DELETE ON users, subscriptions, account_tokens TO earshot_admin;
GRANT SELECT, INSERT ON usage_metrics TO earshot_admin;
GRANT SELECT ON user_totals TO earshot_admin;
CREATE POLICY admins ON users TO earshot_admin
    USING ((SELECT earshot_is_admin())) WITH CHECK ((SELECT earshot_is_admin()));
CREATE POLICY admins ON subscriptions TO earshot_admin
    USING ((SELECT earshot_is_admin())) WITH CHECK ((SELECT earshot_is_admin()));
CREATE POLICY admins ON account_tokens TO earshot_admin
    USING ((SELECT earshot_is_admin())) WITH CHECK ((SELECT earshot_is_admin()));
CREATE POLICY admins ON usage_metrics TO earshot_admin
    USING ((SELECT earshot_is_admin())) WITH CHECK ((SELECT earshot_is_admin()));
CREATE POLICY admins ON user_totals FOR SELECT TO earshot_admin
    USING ((SELECT earshot_is_admin()));

-- Background work, for everyone.

GRANT SELECT ON users, news_history, user_totals TO earshot_worker;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON media_assets, audio_tracks, audio_alignments, audio_generation_history TO earshot_worker;
GRANT SELECT, UPDATE ON subscriptions TO earshot_worker;
GRANT SELECT, INSERT ON usage_metrics TO earshot_worker;
GRANT SELECT, DELETE ON throttles, account_tokens TO earshot_worker;
CREATE POLICY worker ON users FOR SELECT TO earshot_worker USING (true);
CREATE POLICY worker ON news_history FOR SELECT TO earshot_worker USING (true);
CREATE POLICY worker ON user_totals FOR SELECT TO earshot_worker USING (true);
CREATE POLICY worker ON media_assets TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON audio_tracks TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON audio_alignments TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON audio_generation_history TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON subscriptions TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON usage_metrics TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON throttles TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON account_tokens TO earshot_worker USING (true) WITH CHECK (true);

-- What runs as the owner is only for whom it was made.

REVOKE EXECUTE ON FUNCTION
    search_news(text, timestamptz, uuid, integer), make_usage_partitions(date, integer),
    add_totals(user_totals[]), rebuild_totals(), earshot_is_admin(),
    open_totals(), count_totals(), take_owner_of_story() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_news(text, timestamptz, uuid, integer) TO earshot_app;
GRANT EXECUTE ON FUNCTION earshot_is_admin() TO earshot_admin;
GRANT EXECUTE ON FUNCTION make_usage_partitions(date, integer) TO earshot_worker;
