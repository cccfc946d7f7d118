-- What a plan allows of sources is held against how many there are.

CREATE TRIGGER count_sources AFTER INSERT OR DELETE ON sources
    FOR EACH ROW EXECUTE FUNCTION count_held('sources');
