-- The months of usage_metrics: made ahead, and a default that catches whatever has none.

-- Rows that already wait in the default partition move to their month, because PostgreSQL
-- refuses a partition whose rows the default holds. Returns how many were made.
CREATE FUNCTION make_usage_partitions(first_month date, months integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    beginning timestamptz;
    ending timestamptz;
    part text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_usage_partitions'));
    FOR n IN 0 .. months - 1 LOOP
        beginning := (date_trunc('month', first_month) + make_interval(months => n))
                     ::timestamp AT TIME ZONE 'UTC';
        ending := (date_trunc('month', first_month) + make_interval(months => n + 1))
                  ::timestamp AT TIME ZONE 'UTC';
        part := 'usage_metrics_' || to_char(beginning AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || part) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE %I (LIKE usage_metrics INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
        EXECUTE format(
            'WITH moved AS (DELETE FROM usage_metrics_default'
            ' WHERE created_at >= %L AND created_at < %L RETURNING *)'
            ' INSERT INTO %I SELECT * FROM moved', beginning, ending, part);
        EXECUTE format(
            'ALTER TABLE usage_metrics ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            part, beginning, ending);
        made := made + 1;
    END LOOP;
    RETURN made;
END;
$$;

SELECT make_usage_partitions((now() AT TIME ZONE 'UTC')::date, 4);
