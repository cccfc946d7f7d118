DROP FUNCTION earshot_is_admin CASCADE;
DROP VIEW counted_totals;
DROP TABLE throttles, account_tokens, audio_generation_history, audio_alignments, audio_tracks,
    usage_metrics, subscriptions, media_assets, news_history CASCADE;
DROP FUNCTION search_news, news_query, make_usage_partitions, count_totals, rebuild_totals,
    add_totals, take_owner_of_story, valid_spans, array_min;
DROP TABLE user_totals, users CASCADE;
DROP FUNCTION open_totals, update_updated_at_column, earshot_reader;

-- Another database on the same server may still use the roles; then they stay.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY
        ARRAY['earshot_app', 'earshot_admin', 'earshot_worker', 'earshot_accounts']
    LOOP
        EXECUTE format('DROP OWNED BY %I', role_name);
        BEGIN
            EXECUTE format('DROP ROLE %I', role_name);
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
            NULL;
        END;
    END LOOP;
END;
$$;
