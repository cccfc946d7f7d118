-- What the worker's queue needs beside the states of the source document.

ALTER TABLE audio_generation_history
    ADD COLUMN stage text NOT NULL DEFAULT 'queued',
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN characters integer NOT NULL DEFAULT 0,
    ADD COLUMN storage_key text,
    ADD CONSTRAINT valid_stage CHECK (stage IN ('queued', 'speaking', 'storing', 'done')),
    ADD CONSTRAINT valid_failures CHECK (failures >= 0),
    ADD CONSTRAINT valid_characters CHECK (characters >= 0);
UPDATE audio_generation_history
SET characters = length(text),
    stage = CASE status WHEN 'completed' THEN 'done' WHEN 'processing' THEN 'speaking'
                        ELSE 'queued' END;

CREATE INDEX idx_audio_generation_history_user_open ON audio_generation_history (user_id)
    WHERE status IN ('pending', 'processing');
-- Objects that an attempt may have left behind.
CREATE INDEX idx_audio_generation_history_storage_key
    ON audio_generation_history (storage_key) WHERE storage_key IS NOT NULL;

-- Workers hear of new work at its commit, whoever wrote it.
CREATE FUNCTION tell_workers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('earshot_generations', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_workers AFTER INSERT OR UPDATE OF status ON audio_generation_history
    FOR EACH ROW WHEN (NEW.status = 'pending') EXECUTE FUNCTION tell_workers();

-- The worker sweeps counters and locks what it removes, which takes this privilege.
GRANT UPDATE ON throttles TO earshot_worker;
