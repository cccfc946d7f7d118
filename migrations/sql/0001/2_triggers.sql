-- updated_at, on every table that has the column; the function is the source document's.

CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS trigger AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE TRIGGER update_news_updated_at BEFORE UPDATE ON news_history
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_media_updated_at BEFORE UPDATE ON media_assets
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_subscriptions_updated_at BEFORE UPDATE ON subscriptions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_audio_tracks_updated_at BEFORE UPDATE ON audio_tracks
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_audio_alignments_updated_at BEFORE UPDATE ON audio_alignments
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
CREATE TRIGGER update_audio_generation_history_updated_at BEFORE UPDATE ON audio_generation_history
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- Rows written with the document's own columns only name their story: its owner is theirs.

CREATE FUNCTION take_owner_of_story() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT n.user_id INTO NEW.user_id FROM news_history AS n WHERE n.id = NEW.news_id;
    RETURN NEW;
END;
$$;

CREATE TRIGGER media_takes_owner BEFORE INSERT ON media_assets FOR EACH ROW
    WHEN (NEW.user_id IS NULL AND NEW.news_id IS NOT NULL)
    EXECUTE FUNCTION take_owner_of_story();
CREATE TRIGGER audio_tracks_takes_owner BEFORE INSERT ON audio_tracks FOR EACH ROW
    WHEN (NEW.user_id IS NULL AND NEW.news_id IS NOT NULL)
    EXECUTE FUNCTION take_owner_of_story();
CREATE TRIGGER audio_generation_history_takes_owner BEFORE INSERT ON audio_generation_history
    FOR EACH ROW WHEN (NEW.user_id IS NULL AND NEW.news_id IS NOT NULL)
    EXECUTE FUNCTION take_owner_of_story();
