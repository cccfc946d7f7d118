-- Search as before 0017, which knows no source.

CREATE OR REPLACE FUNCTION search_news(
    typed text, before_at timestamptz, before_id uuid, how_many integer,
    wanted jsonb DEFAULT '{}'
) RETURNS TABLE (id uuid, created_at timestamptz)
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20
    SET search_path = public, pg_temp AS $$
DECLARE
    reader uuid := earshot_reader();
    own tsquery := ('''owner:' || reader::text || '''')::tsquery;
    words tsquery := websearch_to_tsquery('english', typed);
    asian boolean := typed ~ '[\u0E00-\u0E7F\u2E80-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF]';
    oldest boolean := coalesce((wanted ->> 'oldest')::boolean, false);
    statement text;
    needle text;
BEGIN
    IF reader IS NULL OR (NOT asian AND numnode(words) = 0) THEN
        RETURN;
    END IF;
    -- Only fixed pieces of SQL are put together here; what anybody typed goes in as values. The
    -- plan is made for the words at hand: common ones are found by walking the newest stories.
    statement := concat_ws(
        ' AND ',
        'SELECT n.id, n.created_at FROM news_history AS n WHERE n.user_id = $1',
        CASE WHEN asian THEN '(n.headline ILIKE $3 OR n.content ILIKE $3)' ELSE 'n.search @@ $2' END,
        CASE wanted ->> 'state'
            WHEN 'unread' THEN 'n.read_at IS NULL AND n.archived_at IS NULL'
            WHEN 'starred' THEN 'n.starred_at IS NOT NULL'
            WHEN 'archived' THEN 'n.archived_at IS NOT NULL'
        END,
        CASE WHEN wanted ? 'tag' THEN
            'EXISTS (SELECT FROM story_tags AS s WHERE s.news_id = n.id'
            ' AND s.tag_id = ($7 ->> ''tag'')::uuid AND s.user_id = $1)' END,
        CASE WHEN wanted ? 'sound' THEN
            CASE WHEN (wanted ->> 'sound')::boolean THEN '' ELSE 'NOT ' END ||
            'EXISTS (SELECT FROM media_assets AS m WHERE m.news_id = n.id AND m.user_id = $1'
            ' AND m.type = ''audio'')' END,
        CASE WHEN wanted ? 'since' THEN 'n.created_at >= ($7 ->> ''since'')::timestamptz' END,
        CASE WHEN wanted ? 'until' THEN 'n.created_at < ($7 ->> ''until'')::timestamptz' END
    );
    IF asian THEN
        needle := '%' || regexp_replace(btrim(typed), '([\\%_])', '\\\1', 'g') || '%';
    END IF;
    FOR attempt IN 1 .. 2 LOOP
        RETURN QUERY EXECUTE statement
            || CASE WHEN before_at IS NULL THEN ''
                    WHEN oldest THEN ' AND (n.created_at, n.id) > ($4, $5)'
                    ELSE ' AND (n.created_at, n.id) < ($4, $5)' END
            || CASE WHEN oldest THEN ' ORDER BY n.created_at, n.id LIMIT $6'
                    ELSE ' ORDER BY n.created_at DESC, n.id DESC LIMIT $6' END
            USING reader, own && words, needle, before_at, before_id, how_many, wanted;
        EXIT WHEN FOUND OR asian OR attempt = 2 OR news_query(typed)::text = words::text;
        -- Behind the last page of whole words there is no other list to go on with.
        EXIT WHEN before_at IS NOT NULL AND EXISTS (
            SELECT FROM news_history AS n
            WHERE n.search @@ (own && words) AND n.user_id = reader);
        words := news_query(typed);
    END LOOP;
END;
$$;
