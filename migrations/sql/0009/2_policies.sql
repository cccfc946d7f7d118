-- Readers keep their own sources; the worker visits everybody's and writes the stories.

ALTER TABLE sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE fetch_hosts ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON sources TO earshot_app;
GRANT SELECT ON source_entries TO earshot_app;
CREATE POLICY own_sources ON sources TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_entries ON source_entries FOR SELECT TO earshot_app
    USING (user_id = (SELECT earshot_reader()));

GRANT SELECT, UPDATE ON sources TO earshot_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON source_entries, fetch_hosts TO earshot_worker;
GRANT INSERT, UPDATE, DELETE ON news_history TO earshot_worker;
CREATE POLICY worker ON sources TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON source_entries TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON fetch_hosts TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker_writes ON news_history TO earshot_worker USING (true) WITH CHECK (true);
