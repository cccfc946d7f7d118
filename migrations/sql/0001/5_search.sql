-- Full-text search in one reader's stories.

-- Turns what somebody typed (phrases, or, minus) into a query. The last word may be unfinished,
-- because the list answers while it is typed.
CREATE FUNCTION news_query(typed text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT CASE
            WHEN typed ~ '[[:alnum:]]$' AND typed !~ '"' AND parsed::text ~ '''$'
                THEN (parsed::text || ':*')::tsquery
            ELSE parsed
        END
        FROM websearch_to_tsquery('english', typed) AS parsed
    );

-- Who the transaction acts for; NULL when nobody.
CREATE FUNCTION earshot_reader() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('earshot.user_id', true), '')::uuid;

-- Under row-level security PostgreSQL may not use a GIN index, because @@ is not leakproof.
-- This function runs as the owner and scopes itself: by the reader of the transaction, who is
-- also a lexeme of the search vector, so that the index alone finds the reader's stories.
-- Scripts without spaces have no words to index; they are searched as substrings.
CREATE FUNCTION search_news(
    typed text, before_at timestamptz, before_id uuid, how_many integer
) RETURNS TABLE (id uuid, created_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    ROWS 20 AS $$
DECLARE
    reader uuid := earshot_reader();
    wanted tsquery;
    needle text;
BEGIN
    IF typed ~ '[\u0E00-\u0E7F\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF]' THEN
        needle := '%' || regexp_replace(btrim(typed), '([\\%_])', '\\\1', 'g') || '%';
        RETURN QUERY
            SELECT n.id, n.created_at FROM news_history AS n
            WHERE n.user_id = reader
              AND (n.headline ILIKE needle OR n.content ILIKE needle)
              AND (before_at IS NULL OR (n.created_at, n.id) < (before_at, before_id))
            ORDER BY n.created_at DESC, n.id DESC LIMIT how_many;
        RETURN;
    END IF;
    wanted := news_query(typed);
    IF numnode(wanted) = 0 OR reader IS NULL THEN
        RETURN;
    END IF;
    wanted := ('''owner:' || reader::text || '''')::tsquery && wanted;
    RETURN QUERY
        SELECT n.id, n.created_at FROM news_history AS n
        WHERE n.search @@ wanted AND n.user_id = reader
          AND (before_at IS NULL OR (n.created_at, n.id) < (before_at, before_id))
        ORDER BY n.created_at DESC, n.id DESC LIMIT how_many;
END;
$$;
