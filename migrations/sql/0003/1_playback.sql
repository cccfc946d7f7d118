-- Where a reader stands in a narration, the same on every device.

CREATE TABLE playback_positions (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    track_id uuid NOT NULL REFERENCES audio_tracks (id) ON DELETE CASCADE,
    seconds double precision NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 0,
    heard double precision NOT NULL DEFAULT 0,
    finished_at timestamptz,
    device text NOT NULL DEFAULT '',
    previous jsonb NOT NULL DEFAULT '[]',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, track_id),
    CONSTRAINT valid_place CHECK (seconds >= 0 AND seconds < 'Infinity'),
    CONSTRAINT valid_heard CHECK (heard >= 0 AND heard < 'Infinity'),
    CONSTRAINT valid_version CHECK (version >= 0)
);
CREATE INDEX idx_playback_positions_user_latest ON playback_positions (user_id, updated_at DESC);
CREATE INDEX idx_playback_positions_track_id ON playback_positions (track_id);

CREATE TRIGGER update_playback_positions_updated_at BEFORE UPDATE ON playback_positions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE playback_positions ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON playback_positions TO earshot_app;
CREATE POLICY own_positions ON playback_positions TO earshot_app
    USING (user_id = (SELECT earshot_reader()))
    WITH CHECK (user_id = (SELECT earshot_reader())
                AND EXISTS (SELECT FROM audio_tracks AS t
                            WHERE t.id = track_id AND t.user_id = (SELECT earshot_reader())));
