-- A reader's own words for stories.

CREATE TABLE tags (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tags_id_user_id_key UNIQUE (id, user_id),
    CONSTRAINT valid_tag_name CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 50)
);
CREATE UNIQUE INDEX uq_tags_user_name ON tags (user_id, lower(name));

-- With the owner in both keys, no story carries another reader's tag.
CREATE TABLE story_tags (
    news_id uuid NOT NULL,
    tag_id uuid NOT NULL,
    user_id uuid NOT NULL,
    by_source boolean NOT NULL DEFAULT false,
    story_created_at timestamptz NOT NULL,
    PRIMARY KEY (news_id, tag_id),
    CONSTRAINT story_tags_news_id_fkey FOREIGN KEY (news_id, user_id)
        REFERENCES news_history (id, user_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT story_tags_tag_id_fkey FOREIGN KEY (tag_id, user_id)
        REFERENCES tags (id, user_id) ON UPDATE CASCADE ON DELETE CASCADE
);
-- The story's own time, so that the list of a tag is read off the index as every list is.
CREATE INDEX idx_story_tags_latest ON story_tags (tag_id, story_created_at DESC, news_id DESC);

CREATE FUNCTION take_time_of_story() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    SELECT n.created_at INTO NEW.story_created_at FROM news_history AS n
    WHERE n.id = NEW.news_id AND n.user_id = NEW.user_id;
    RETURN NEW;
END;
$$;
CREATE TRIGGER story_tags_take_time BEFORE INSERT OR UPDATE OF news_id ON story_tags
    FOR EACH ROW EXECUTE FUNCTION take_time_of_story();

ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
ALTER TABLE story_tags ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON tags, story_tags TO earshot_app, earshot_worker;
CREATE POLICY own_tags ON tags TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_story_tags ON story_tags TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON tags TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON story_tags TO earshot_worker USING (true) WITH CHECK (true);
