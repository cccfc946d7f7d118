-- Forgetting old months of usage, without standing in anybody's way.
--
-- Making and dropping a month takes a lock that every reader of usage_metrics has to wait for. It
-- is held for a moment; but while it is waited for, everybody queues behind it. So nobody waits
-- long: whoever doesn't get it within a fraction of a second gives up and comes again later.

ALTER FUNCTION make_usage_partitions(date, integer) SET lock_timeout = '250ms';

-- Drop one month that ends at or before `keep_from`, the oldest, and return its name; NULL when
-- there is none. One a transaction. Dropping does without detaching first, which would lock the
-- tables of users and stories too.
CREATE FUNCTION drop_usage_month(keep_from date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '250ms'
    AS $$
DECLARE
    part text;
BEGIN
    SELECT c.relname INTO part
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'usage_metrics'::regclass
          AND c.relname ~ '^usage_metrics_\d{4}_\d{2}$'
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= keep_from
    ORDER BY c.relname LIMIT 1;
    IF part IS NOT NULL THEN
        EXECUTE format('DROP TABLE %I', part);
    END IF;
    RETURN part;
END;
$$;

-- Delete rows older than `keep_from` that have no month of their own; returns how many.
CREATE FUNCTION delete_old_usage(keep_from date, at_most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    DELETE FROM usage_metrics_default WHERE ctid = ANY (ARRAY(
        SELECT d.ctid FROM usage_metrics_default AS d
        WHERE d.created_at < keep_from::timestamp AT TIME ZONE 'UTC'
        LIMIT at_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END;
$$;

REVOKE EXECUTE ON FUNCTION drop_usage_month(date), delete_old_usage(date, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION drop_usage_month(date), delete_old_usage(date, integer)
    TO earshot_worker;
