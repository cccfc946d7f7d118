-- Feeds that a reader's stories arrive from, and which entries have arrived.

CREATE TABLE sources (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url text NOT NULL,
    site_url text,
    host text NOT NULL,
    title text NOT NULL DEFAULT '',
    name text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    next_fetch_at timestamptz NOT NULL DEFAULT now(),
    wanted boolean NOT NULL DEFAULT false,
    attempt integer NOT NULL DEFAULT 0,
    fetching_since timestamptz,
    tried_at timestamptz,
    fetched_at timestamptz,
    arrived_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    error text,
    error_code text,
    etag text NOT NULL DEFAULT '',
    last_modified text NOT NULL DEFAULT '',
    body_digest text NOT NULL DEFAULT '',
    full_text boolean NOT NULL DEFAULT false,
    auto_narrate boolean NOT NULL DEFAULT false,
    keep_last integer,
    settings jsonb NOT NULL DEFAULT '{}'::jsonb,
    CONSTRAINT sources_id_user_id_key UNIQUE (id, user_id),
    CONSTRAINT valid_source_url CHECK (url ~ '^https?://'),
    CONSTRAINT valid_source_state CHECK (state IN ('active', 'paused', 'gone')),
    CONSTRAINT valid_source_attempt CHECK (attempt >= 0),
    CONSTRAINT valid_source_failures CHECK (failures >= 0),
    CONSTRAINT valid_keep_last CHECK (keep_last > 0)
);
CREATE UNIQUE INDEX uq_sources_user_url ON sources (user_id, md5(url));
CREATE INDEX idx_sources_due ON sources (next_fetch_at, id) WHERE state = 'active' OR wanted;
CREATE INDEX idx_sources_host ON sources (host);
CREATE INDEX idx_sources_failing ON sources (user_id) WHERE failures > 0 OR state = 'gone';

-- One row for every entry that was ever seen, so that a story which its reader deleted does not
-- come back. Several entries may have led to one story: it is "also seen in" their sources.
CREATE TABLE source_entries (
    source_id uuid NOT NULL,
    guid_digest text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    url_digest text,
    news_id uuid,
    is_origin boolean NOT NULL DEFAULT false,
    entry_digest text NOT NULL DEFAULT '',
    story_digest text NOT NULL DEFAULT '',
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, guid_digest),
    CONSTRAINT source_entries_source_id_fkey FOREIGN KEY (source_id, user_id)
        REFERENCES sources (id, user_id) ON DELETE CASCADE,
    CONSTRAINT source_entries_news_id_fkey FOREIGN KEY (news_id, user_id)
        REFERENCES news_history (id, user_id) ON UPDATE CASCADE ON DELETE SET NULL (news_id)
);
CREATE INDEX idx_source_entries_user_url ON source_entries (user_id, url_digest);
CREATE INDEX idx_source_entries_news_id ON source_entries (news_id);

ALTER TABLE news_history ADD COLUMN source_id uuid;
ALTER TABLE news_history ADD CONSTRAINT news_history_source_id_fkey
    FOREIGN KEY (source_id, user_id) REFERENCES sources (id, user_id)
    ON DELETE SET NULL (source_id);
CREATE INDEX idx_news_source_latest ON news_history (source_id, created_at DESC, id DESC)
    WHERE source_id IS NOT NULL;

CREATE TRIGGER update_sources_updated_at
    BEFORE UPDATE OF url, name, state, full_text, auto_narrate, keep_last, settings ON sources
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- When a host may be asked again, whoever's sources are there: the workers share it.
CREATE TABLE fetch_hosts (
    host text PRIMARY KEY,
    not_before timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION note_host() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO fetch_hosts (host) VALUES (NEW.host) ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
CREATE TRIGGER note_host AFTER INSERT OR UPDATE OF host ON sources
    FOR EACH ROW EXECUTE FUNCTION note_host();
REVOKE EXECUTE ON FUNCTION note_host() FROM PUBLIC;
