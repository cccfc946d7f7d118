-- The eight tables of the source document, with the columns we add behind its own.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    role text NOT NULL DEFAULT 'reader',
    password_hash text,
    session_epoch integer NOT NULL DEFAULT 1,
    last_seen_at timestamptz,
    suspended_at timestamptz,
    CONSTRAINT valid_role CHECK (role IN ('reader', 'admin')),
    CONSTRAINT valid_session_epoch CHECK (session_epoch > 0)
);
CREATE UNIQUE INDEX idx_users_email ON users (lower(email));

-- The parser behind to_tsvector() takes time by the square of a comment or a run of characters
-- that it can't make out, minutes for a hostile text. So there are no comments and no long runs.
CREATE TABLE news_history (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    headline text NOT NULL,
    content text NOT NULL,
    source_url text,
    published_at timestamptz DEFAULT now(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    search tsvector GENERATED ALWAYS AS (
        array_to_tsvector(ARRAY['owner:' || user_id::text])
        || setweight(to_tsvector('english'::regconfig, headline), 'A')
        || to_tsvector('english'::regconfig,
                       regexp_replace(replace(content, '<', ' '), '(\S{200})', '\1 ', 'g'))
    ) STORED,
    CONSTRAINT news_history_id_user_id_key UNIQUE (id, user_id)
);
CREATE INDEX idx_news_headline ON news_history USING gin (to_tsvector('english', headline));
CREATE INDEX idx_news_user_id ON news_history (user_id);
CREATE INDEX idx_news_created_at ON news_history (created_at);
CREATE INDEX idx_news_user_latest ON news_history (user_id, created_at DESC, id DESC);
CREATE INDEX idx_news_search ON news_history USING gin (search);
CREATE UNIQUE INDEX uq_news_user_source_url ON news_history (user_id, md5(source_url))
    WHERE source_url IS NOT NULL;

CREATE TABLE media_assets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    news_id uuid,
    type text NOT NULL CHECK (type IN ('image', 'audio')),
    url text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    storage_key text,
    thumbnail_key text,
    content_type text,
    byte_size bigint NOT NULL DEFAULT 0,
    sha256 text,
    title text NOT NULL DEFAULT '',
    alt_text text NOT NULL DEFAULT '',
    CONSTRAINT valid_byte_size CHECK (byte_size >= 0),
    CONSTRAINT media_assets_news_id_fkey FOREIGN KEY (news_id, user_id)
        REFERENCES news_history (id, user_id) ON UPDATE CASCADE ON DELETE SET NULL (news_id)
);
CREATE INDEX idx_media_news_id ON media_assets (news_id);
CREATE INDEX idx_media_type ON media_assets (type);
CREATE INDEX idx_media_user_latest ON media_assets (user_id, created_at DESC, id DESC);
CREATE INDEX idx_media_user_sha256 ON media_assets (user_id, sha256);
CREATE INDEX idx_media_storage_key ON media_assets (storage_key);
CREATE INDEX idx_media_thumbnail_key ON media_assets (thumbnail_key);

CREATE TABLE subscriptions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    plan text NOT NULL CHECK (plan IN ('free', 'pro', 'enterprise')),
    status text NOT NULL CHECK (status IN ('active', 'cancelled', 'expired')),
    start_date timestamptz NOT NULL,
    end_date timestamptz,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT valid_dates CHECK (end_date IS NULL OR end_date >= start_date)
);
CREATE INDEX idx_subscriptions_user_id ON subscriptions (user_id);
CREATE INDEX idx_subscriptions_status ON subscriptions (status);
CREATE UNIQUE INDEX uq_subscriptions_one_active ON subscriptions (user_id)
    WHERE status = 'active';

CREATE TABLE usage_metrics (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    news_id uuid REFERENCES news_history (id) ON DELETE SET NULL,
    subscription_id uuid REFERENCES subscriptions (id) ON DELETE SET NULL,
    action text NOT NULL,
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    quantity double precision NOT NULL DEFAULT 1,
    PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX idx_metrics_user_id ON usage_metrics (user_id);
CREATE INDEX idx_metrics_created_at ON usage_metrics (created_at);
CREATE INDEX idx_metrics_news_id ON usage_metrics (news_id);
CREATE INDEX idx_metrics_subscription_id ON usage_metrics (subscription_id);
CREATE INDEX idx_metrics_user_action ON usage_metrics (user_id, action, created_at);
CREATE TABLE usage_metrics_default PARTITION OF usage_metrics DEFAULT;

CREATE FUNCTION array_min(numbers double precision[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT min(number) FROM unnest(numbers) AS number);

-- No NULLs, starts never decrease, every end >= its start >= 0.
CREATE FUNCTION valid_spans(
    characters text[], starts double precision[], ends double precision[]
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT coalesce(
            bool_and(coalesce(
                one IS NOT NULL AND starting >= 0 AND ending >= starting
                AND starting >= before AND ending < 'Infinity',
                false
            )),
            true
        )
        FROM (
            SELECT one, starting, ending,
                   lag(starting, 1, 0::double precision) OVER (ORDER BY place) AS before
            FROM unnest(characters, starts, ends)
                 WITH ORDINALITY AS span (one, starting, ending, place)
        ) AS spans
    );

CREATE TABLE audio_tracks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    url text NOT NULL,
    text text NOT NULL,
    duration double precision NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}'::jsonb,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    news_id uuid,
    storage_key text,
    content_type text NOT NULL DEFAULT 'audio/mpeg',
    byte_size bigint NOT NULL DEFAULT 0,
    CONSTRAINT valid_duration CHECK (duration > 0),
    CONSTRAINT valid_url CHECK (url ~ '^https?://'),
    CONSTRAINT stored_has_owner CHECK (storage_key IS NULL OR user_id IS NOT NULL),
    CONSTRAINT valid_track_byte_size CHECK (byte_size >= 0),
    CONSTRAINT audio_tracks_news_id_fkey FOREIGN KEY (news_id, user_id)
        REFERENCES news_history (id, user_id) ON UPDATE CASCADE ON DELETE SET NULL (news_id)
);
CREATE INDEX idx_audio_tracks_created_at ON audio_tracks (created_at);
CREATE INDEX idx_audio_tracks_user_latest ON audio_tracks (user_id, created_at DESC, id DESC);
CREATE INDEX idx_audio_tracks_news_id ON audio_tracks (news_id);
CREATE INDEX idx_audio_tracks_storage_key ON audio_tracks (storage_key);

CREATE TABLE audio_alignments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id uuid NOT NULL REFERENCES audio_tracks (id) ON DELETE CASCADE,
    characters text[] NOT NULL,
    start_times double precision[] NOT NULL,
    end_times double precision[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT valid_alignment CHECK (
        cardinality(characters) > 0
        AND cardinality(characters) = cardinality(start_times)
        AND cardinality(characters) = cardinality(end_times)
    ),
    CONSTRAINT valid_times CHECK (
        array_position(end_times, array_min(end_times))
        >= array_position(start_times, array_min(start_times))
    ),
    CONSTRAINT valid_spans CHECK (valid_spans(characters, start_times, end_times))
);
CREATE INDEX idx_audio_alignments_track_id ON audio_alignments (track_id);
CREATE UNIQUE INDEX uq_audio_alignments_track_id ON audio_alignments (track_id);

CREATE TABLE audio_generation_history (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    track_id uuid REFERENCES audio_tracks (id) ON DELETE CASCADE,
    voice_id text NOT NULL,
    model_id text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}'::jsonb,
    status text NOT NULL,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    news_id uuid,
    text text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 0,
    started_at timestamptz,
    heartbeat_at timestamptz,
    finished_at timestamptz,
    not_before timestamptz NOT NULL DEFAULT now(),
    error_code text,
    request_id text,
    progress double precision NOT NULL DEFAULT 0,
    CONSTRAINT valid_status CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    CONSTRAINT valid_attempt CHECK (attempt >= 0),
    CONSTRAINT audio_generation_history_news_id_fkey FOREIGN KEY (news_id, user_id)
        REFERENCES news_history (id, user_id) ON UPDATE CASCADE ON DELETE SET NULL (news_id)
);
CREATE INDEX idx_audio_generation_history_track_id ON audio_generation_history (track_id);
CREATE INDEX idx_audio_generation_history_status ON audio_generation_history (status);
CREATE INDEX idx_audio_generation_history_user_latest
    ON audio_generation_history (user_id, created_at DESC, id DESC);
CREATE INDEX idx_audio_generation_history_news_id ON audio_generation_history (news_id);
CREATE INDEX idx_audio_generation_history_queue ON audio_generation_history (not_before, id)
    WHERE status IN ('pending', 'processing');
CREATE UNIQUE INDEX uq_audio_generation_history_open
    ON audio_generation_history (news_id, voice_id) WHERE status IN ('pending', 'processing');

-- Beside the document: links that were mailed, and how often somebody knocked.

CREATE TABLE account_tokens (
    digest text PRIMARY KEY,
    purpose text NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL,
    role text NOT NULL DEFAULT 'reader',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT valid_purpose CHECK (purpose IN ('reset', 'invite')),
    CONSTRAINT valid_token_role CHECK (role IN ('reader', 'admin')),
    CONSTRAINT reset_has_user CHECK (purpose <> 'reset' OR user_id IS NOT NULL)
);
CREATE INDEX idx_account_tokens_user_id ON account_tokens (user_id);

CREATE TABLE throttles (
    key text PRIMARY KEY,
    tries integer NOT NULL,
    window_ends_at timestamptz NOT NULL
);

CREATE TABLE user_totals (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    news bigint NOT NULL DEFAULT 0,
    story_media bigint NOT NULL DEFAULT 0,
    images bigint NOT NULL DEFAULT 0,
    sounds bigint NOT NULL DEFAULT 0,
    tracks bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0
);
