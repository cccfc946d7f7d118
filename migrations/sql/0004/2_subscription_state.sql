-- What a subscription really is at a moment, from its stored status and its dates. Pages, filters,
-- exports and the gate all ask this, so that they agree before any job has written anything down.
--
-- active     runs, and goes on (until its end, if it has one)
-- cancelled  will not go on, but runs until its end
-- ended      was cancelled, and its end is past
-- expired    its end is past without anybody having cancelled it
-- scheduled  begins later

CREATE FUNCTION subscription_state(
    status text, start_date timestamptz, end_date timestamptz, at timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN status = 'expired' THEN 'expired'
        WHEN status = 'cancelled' AND (end_date IS NULL OR end_date <= at) THEN 'ended'
        WHEN end_date <= at THEN 'expired'
        WHEN start_date > at THEN 'scheduled'
        ELSE status
    END;

-- The lists of everyone's subscriptions, the newest first and by the end that comes next.
CREATE INDEX idx_subscriptions_latest ON subscriptions (created_at DESC, id DESC);
CREATE INDEX idx_subscriptions_end_date ON subscriptions (end_date, id);
