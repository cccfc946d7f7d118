-- What each user holds: one row a user, changed by the same statement that changes what it
-- counts, whoever runs it. A page reads one row instead of counting a million.

CREATE FUNCTION open_totals() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO user_totals (user_id) SELECT id FROM added ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER open_totals AFTER INSERT ON users
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION open_totals();

-- Differences, as rows of user_totals. The rows are locked in one order first, so that two
-- statements never wait for each other in a circle.
CREATE FUNCTION add_totals(deltas user_totals[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM user_totals AS t
        WHERE t.user_id IN (SELECT d.user_id FROM unnest(deltas) AS d)
        ORDER BY t.user_id FOR UPDATE;
    UPDATE user_totals AS t
    SET news = t.news + d.news, story_media = t.story_media + d.story_media,
        images = t.images + d.images, sounds = t.sounds + d.sounds,
        tracks = t.tracks + d.tracks, bytes = t.bytes + d.bytes
    FROM unnest(deltas) AS d WHERE d.user_id = t.user_id;
END;
$$;

-- True totals, counted from the rows themselves.
CREATE VIEW counted_totals AS
    SELECT u.id AS user_id,
           coalesce(n.news, 0) AS news, coalesce(m.story_media, 0) AS story_media,
           coalesce(m.images, 0) AS images, coalesce(m.sounds, 0) AS sounds,
           coalesce(a.tracks, 0) AS tracks,
           (coalesce(m.bytes, 0) + coalesce(a.bytes, 0))::bigint AS bytes
    FROM users AS u
    LEFT JOIN (SELECT user_id, count(*) AS news FROM news_history GROUP BY user_id) AS n
        ON n.user_id = u.id
    LEFT JOIN (SELECT user_id, count(news_id) AS story_media,
                      count(*) FILTER (WHERE type = 'image') AS images,
                      count(*) FILTER (WHERE type = 'audio') AS sounds,
                      sum(byte_size) AS bytes
               FROM media_assets GROUP BY user_id) AS m ON m.user_id = u.id
    LEFT JOIN (SELECT user_id, count(*) AS tracks, sum(byte_size) AS bytes
               FROM audio_tracks GROUP BY user_id) AS a ON a.user_id = u.id;

CREATE FUNCTION rebuild_totals() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE mended bigint;
BEGIN
    LOCK TABLE news_history, media_assets, audio_tracks, user_totals IN SHARE ROW EXCLUSIVE MODE;
    WITH changed AS (
        INSERT INTO user_totals AS t
        SELECT c.* FROM counted_totals AS c
        ON CONFLICT (user_id) DO UPDATE
        SET news = excluded.news, story_media = excluded.story_media,
            images = excluded.images, sounds = excluded.sounds,
            tracks = excluded.tracks, bytes = excluded.bytes
        WHERE t IS DISTINCT FROM excluded
        RETURNING 1
    )
    SELECT count(*) INTO mended FROM changed;
    RETURN mended;
END;
$$;

-- The six arguments say what one row counts for, in the order of the columns.
CREATE FUNCTION count_totals() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    deltas user_totals[];
    rows_changed text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM rebuild_totals();
        RETURN NULL;
    END IF;
    rows_changed := concat_ws(
        ' UNION ALL ',
        CASE WHEN TG_OP <> 'DELETE' THEN 'SELECT 1 AS sign, r.* FROM added AS r' END,
        CASE WHEN TG_OP <> 'INSERT' THEN 'SELECT -1 AS sign, r.* FROM gone AS r' END
    );
    EXECUTE format(
        'SELECT array_agg(ROW (s.*)::user_totals) FROM ('
        '  SELECT user_id, sum(sign * (%s)) AS a, sum(sign * (%s)) AS b, sum(sign * (%s)) AS c,'
        '         sum(sign * (%s)) AS d, sum(sign * (%s)) AS e, sum(sign * (%s)) AS f'
        '  FROM (%s) AS r WHERE user_id IS NOT NULL GROUP BY user_id'
        ') AS s WHERE a <> 0 OR b <> 0 OR c <> 0 OR d <> 0 OR e <> 0 OR f <> 0',
        TG_ARGV[0], TG_ARGV[1], TG_ARGV[2], TG_ARGV[3], TG_ARGV[4], TG_ARGV[5], rows_changed
    ) INTO deltas;
    IF deltas IS NOT NULL THEN
        PERFORM add_totals(deltas);
    END IF;
    RETURN NULL;
END;
$$;

DO $$
DECLARE
    counted record;
BEGIN
    FOR counted IN
        SELECT * FROM (VALUES
            ('news_history', '''1'', ''0'', ''0'', ''0'', ''0'', ''0'''),
            ('media_assets', '''0'', ''(news_id IS NOT NULL)::int'', ''(type = ''''image'''')::int'','
                             ' ''(type = ''''audio'''')::int'', ''0'', ''byte_size'''),
            ('audio_tracks', '''0'', ''0'', ''0'', ''0'', ''1'', ''byte_size''')
        ) AS t (name, arguments)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER count_added AFTER INSERT ON %I REFERENCING NEW TABLE AS added'
            ' FOR EACH STATEMENT EXECUTE FUNCTION count_totals(%s)',
            counted.name, counted.arguments);
        EXECUTE format(
            'CREATE TRIGGER count_gone AFTER DELETE ON %I REFERENCING OLD TABLE AS gone'
            ' FOR EACH STATEMENT EXECUTE FUNCTION count_totals(%s)',
            counted.name, counted.arguments);
        EXECUTE format(
            'CREATE TRIGGER count_changed AFTER UPDATE ON %I'
            ' REFERENCING OLD TABLE AS gone NEW TABLE AS added'
            ' FOR EACH STATEMENT EXECUTE FUNCTION count_totals(%s)',
            counted.name, counted.arguments);
        EXECUTE format(
            'CREATE TRIGGER count_truncated AFTER TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION count_totals(%s)',
            counted.name, counted.arguments);
    END LOOP;
END;
$$;
