DROP FUNCTION search_news(text, timestamptz, uuid, integer, jsonb);
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
REVOKE EXECUTE ON FUNCTION search_news(text, timestamptz, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_news(text, timestamptz, uuid, integer) TO earshot_app;

DROP TABLE story_tags;
DROP TABLE tags;
DROP FUNCTION take_time_of_story();

DROP INDEX idx_media_user_sounds;
DROP TRIGGER update_news_updated_at ON news_history;
ALTER TABLE news_history DROP COLUMN read_at, DROP COLUMN starred_at, DROP COLUMN archived_at;
CREATE TRIGGER update_news_updated_at BEFORE UPDATE ON news_history
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
