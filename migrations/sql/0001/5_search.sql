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
--
-- Whole words are tried first. Only when the reader has none of them is the last word taken as
-- unfinished, because an index of everybody's words pays for a beginning with all its endings.
-- Scripts without spaces have no words to index; they are searched as substrings. The plan is
-- made for the words at hand: common ones are found by walking the newest stories.
CREATE FUNCTION search_news(
    typed text, before_at timestamptz, before_id uuid, how_many integer
) RETURNS TABLE (id uuid, created_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20
    SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    reader uuid := earshot_reader();
    own tsquery := ('''owner:' || reader::text || '''')::tsquery;
    words tsquery := websearch_to_tsquery('english', typed);
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
    IF numnode(words) = 0 OR reader IS NULL THEN
        RETURN;
    END IF;
    FOR attempt IN 1 .. 2 LOOP
        RETURN QUERY
            SELECT n.id, n.created_at FROM news_history AS n
            WHERE n.search @@ (own && words) AND n.user_id = reader
              AND (before_at IS NULL OR (n.created_at, n.id) < (before_at, before_id))
            ORDER BY n.created_at DESC, n.id DESC LIMIT how_many;
        EXIT WHEN FOUND OR attempt = 2 OR news_query(typed)::text = words::text;
        -- Behind the last page of whole words there is no other list to go on with.
        EXIT WHEN before_at IS NOT NULL AND EXISTS (
            SELECT FROM news_history AS n
            WHERE n.search @@ (own && words) AND n.user_id = reader);
        words := news_query(typed);
    END LOOP;
END;
$$;
