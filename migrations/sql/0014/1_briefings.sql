-- Briefings: when a reader wants one, and what became of each. A briefing's sound is a track of its
-- own, without a story; `audio_tracks.metadata` holds its kind, title and chapters.

CREATE TABLE briefing_plans (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    active boolean NOT NULL DEFAULT false,
    hour smallint NOT NULL DEFAULT 7,
    zone text NOT NULL DEFAULT 'UTC',
    voice_id text NOT NULL DEFAULT '',
    stories smallint NOT NULL DEFAULT 10,
    next_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT valid_hour CHECK (hour BETWEEN 0 AND 23),
    CONSTRAINT valid_stories CHECK (stories BETWEEN 1 AND 30)
);
CREATE INDEX idx_briefing_plans_due ON briefing_plans (next_at) WHERE active;
CREATE TRIGGER update_briefing_plans_updated_at BEFORE UPDATE ON briefing_plans
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

CREATE TABLE briefings (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'gathering',
    day date NOT NULL,
    voice_id text NOT NULL DEFAULT '',
    stories smallint NOT NULL DEFAULT 10,
    news_ids uuid[] NOT NULL DEFAULT '{}',
    track_id uuid REFERENCES audio_tracks (id) ON DELETE SET NULL,
    note text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 0,
    look_at timestamptz NOT NULL DEFAULT now(),
    deadline timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT valid_briefing_state CHECK (state IN ('gathering', 'done', 'nothing', 'failed')),
    CONSTRAINT valid_briefing_attempt CHECK (attempt >= 0)
);
CREATE INDEX idx_briefings_user_latest ON briefings (user_id, created_at DESC, id DESC);
CREATE INDEX idx_briefings_due ON briefings (look_at) WHERE state = 'gathering';
CREATE INDEX idx_briefings_track_id ON briefings (track_id);
-- Two clicks make one.
CREATE UNIQUE INDEX uq_briefings_gathering ON briefings (user_id) WHERE state = 'gathering';

ALTER TABLE briefing_plans ENABLE ROW LEVEL SECURITY;
ALTER TABLE briefings ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON briefing_plans TO earshot_app;
GRANT SELECT, INSERT ON briefings TO earshot_app;
GRANT SELECT, UPDATE ON briefing_plans TO earshot_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON briefings TO earshot_worker;
CREATE POLICY own_briefing_plan ON briefing_plans TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY own_briefings ON briefings TO earshot_app
    USING (user_id = (SELECT earshot_reader())) WITH CHECK (user_id = (SELECT earshot_reader()));
CREATE POLICY worker ON briefing_plans TO earshot_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON briefings TO earshot_worker USING (true) WITH CHECK (true);
