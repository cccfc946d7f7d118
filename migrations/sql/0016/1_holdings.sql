-- What an account holds: sources and tags go with it too, and so they are counted.
DROP FUNCTION account_holdings(uuid);

CREATE FUNCTION account_holdings(account uuid) RETURNS TABLE (
    stories bigint, images bigint, sounds bigint, narrations bigint, attempts bigint,
    places bigint, sources bigint, tags bigint, subscriptions bigint, metrics bigint,
    objects bigint, bytes bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM news_history WHERE user_id = account),
           m.images, m.sounds, t.tracks,
           (SELECT count(*) FROM audio_generation_history WHERE user_id = account),
           (SELECT count(*) FROM playback_positions WHERE user_id = account),
           (SELECT count(*) FROM sources WHERE user_id = account),
           (SELECT count(*) FROM tags WHERE user_id = account),
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

REVOKE EXECUTE ON FUNCTION account_holdings(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_holdings(uuid) TO earshot_admin, earshot_app;
