-- Readers keep their own sources. The worker decides whose turn it is, and writes what arrived in
-- the name of the reader it arrived for.

ALTER TABLE sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE source_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE fetch_hosts ENABLE ROW LEVEL SECURITY;

GRANT SELECT, INSERT, UPDATE, DELETE ON sources TO earshot_app;
GRANT SELECT, INSERT, UPDATE ON source_entries TO earshot_app;
CREATE POLICY own_sources ON sources TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_entries ON source_entries TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));

GRANT SELECT, UPDATE ON sources TO earshot_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON fetch_hosts TO earshot_worker;
CREATE POLICY worker ON sources TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON fetch_hosts TO earshot_worker USING (true) WITH CHECK (true);

-- What a plan allows of sources is held against how many there are.
CREATE TRIGGER count_held AFTER INSERT OR DELETE ON sources
    FOR EACH ROW EXECUTE FUNCTION count_held('sources');
