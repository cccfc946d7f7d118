-- Which plan somebody was on at a moment, by the one expression that derives a state.

-- Of a moment in the past the stored status may tell too much: what has been written down as
-- expired since then ran until its end, and what was cancelled without an end ran until somebody
-- did so. At any moment since the last change this is subscription_state() itself.
CREATE FUNCTION subscription_state_then(
    status text, start_date timestamptz, end_date timestamptz, updated_at timestamptz,
    at timestamptz
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN subscription_state(
        CASE WHEN status = 'expired' AND at < least(end_date, updated_at) THEN 'active'
             WHEN status = 'cancelled' AND end_date IS NULL AND at < updated_at THEN 'active'
             ELSE status END,
        start_date, end_date, at
    );

-- The plan that somebody was on; no row when nothing was in force. What goes on comes before what is
-- cancelled and still runs. It returns a set so that PostgreSQL plans it within a greater statement.
CREATE FUNCTION plans_in_force(owner uuid, at timestamptz) RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT s.plan
    FROM subscriptions AS s
    WHERE s.user_id = owner
      AND subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, at)
          IN ('active', 'cancelled')
    ORDER BY subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, at),
             s.end_date DESC NULLS FIRST, s.id
    LIMIT 1
$$;

-- The same for one moment; 'none' when nothing was in force.
CREATE FUNCTION plan_in_force(owner uuid, at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((SELECT plan FROM plans_in_force(owner, at) AS plan), 'none');
