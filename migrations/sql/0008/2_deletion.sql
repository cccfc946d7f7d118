-- Deleting somebody with everything they own.

-- When a story goes, PostgreSQL looks for what refers to it by both columns of the foreign key. An
-- index on one of them alone lets the planner take the owner's instead, and go through all that
-- the owner has for every single story: minutes for 100,000 of them.
CREATE INDEX idx_media_news_owner ON media_assets (news_id, user_id);
DROP INDEX idx_audio_tracks_news_id, idx_audio_generation_history_news_id;
CREATE INDEX idx_audio_tracks_news_id ON audio_tracks (news_id, user_id);
CREATE INDEX idx_audio_generation_history_news_id ON audio_generation_history (news_id, user_id);

-- Objects whose rows went with an account. The rows go and these come in one transaction, so that
-- whatever happens afterwards, a worker still knows what is to be removed from storage.
CREATE TABLE abandoned_objects (
    key text PRIMARY KEY,
    track_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE abandoned_objects ENABLE ROW LEVEL SECURITY;
GRANT SELECT, UPDATE, DELETE ON abandoned_objects TO earshot_worker;
CREATE POLICY worker ON abandoned_objects TO earshot_worker USING (true) WITH CHECK (true);

-- Who may look at all that an account holds, and delete it: admins, its owner, and commands on
-- the machine itself.
CREATE FUNCTION may_delete_account(account uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    RETURN CASE current_setting('role')
        WHEN 'earshot_admin' THEN earshot_is_admin()
        WHEN 'earshot_app' THEN account = earshot_reader()
        ELSE current_setting('role') = 'none'
    END;

-- What an account holds, counted from the rows themselves, none of which an admin may read.
CREATE FUNCTION account_holdings(account uuid) RETURNS TABLE (
    stories bigint, images bigint, sounds bigint, narrations bigint, attempts bigint,
    places bigint, subscriptions bigint, metrics bigint, objects bigint, bytes bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM news_history WHERE user_id = account),
           m.images, m.sounds, t.tracks,
           (SELECT count(*) FROM audio_generation_history WHERE user_id = account),
           (SELECT count(*) FROM playback_positions WHERE user_id = account),
           (SELECT count(*) FROM subscriptions WHERE user_id = account),
           (SELECT count(*) FROM usage_metrics WHERE user_id = account),
           m.objects + t.objects, (m.bytes + t.bytes)::bigint
    FROM (SELECT count(*) FILTER (WHERE type = 'image') AS images,
                 count(*) FILTER (WHERE type = 'audio' AND track_id IS NULL) AS sounds,
                 count(storage_key) + count(thumbnail_key) AS objects,
                 coalesce(sum(byte_size), 0) AS bytes
          FROM media_assets WHERE user_id = account) AS m,
         (SELECT count(*) AS tracks, count(storage_key) AS objects,
                 coalesce(sum(byte_size), 0) AS bytes
          FROM audio_tracks WHERE user_id = account) AS t
    WHERE may_delete_account(account);
$$;

-- Deletes the account and everything in it, and returns the objects that are to be removed once
-- that is committed. The row is locked first, so that nothing new can come in: new rows refer to it
-- and wait. What refers to stories goes before them, so that no row is changed only to be deleted
-- a moment later.
CREATE FUNCTION delete_account(account uuid) RETURNS TABLE (object_key text, of_track uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT may_delete_account(account) THEN
        RAISE EXCEPTION 'not for you' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM users WHERE id = account FOR UPDATE;
    RETURN QUERY
        INSERT INTO abandoned_objects (key, track_id)
            SELECT storage_key, id FROM audio_tracks
                WHERE user_id = account AND storage_key IS NOT NULL
            UNION ALL
            SELECT storage_key, NULL FROM media_assets
                WHERE user_id = account AND storage_key IS NOT NULL
            UNION ALL
            SELECT thumbnail_key, NULL FROM media_assets
                WHERE user_id = account AND thumbnail_key IS NOT NULL
            UNION ALL
            SELECT storage_key, NULL FROM audio_generation_history
                WHERE user_id = account AND storage_key IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING key, track_id;
    DELETE FROM usage_metrics WHERE user_id = account;
    DELETE FROM playback_positions WHERE user_id = account;
    DELETE FROM audio_generation_history WHERE user_id = account;
    DELETE FROM media_assets WHERE user_id = account;
    DELETE FROM audio_tracks WHERE user_id = account;
    DELETE FROM news_history WHERE user_id = account;
    DELETE FROM users WHERE id = account;
END;
$$;

REVOKE EXECUTE ON FUNCTION
    may_delete_account(uuid), account_holdings(uuid), delete_account(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_holdings(uuid), delete_account(uuid)
    TO earshot_admin, earshot_app;
