"""What migration 0002 adds, and that rows survive it both ways."""

import flask_migrate
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import scope
from app import create_app
from extensions import db
from tests.factories import make_asset, make_story, make_track, make_user


def only(statement: str) -> object:
    return db.session.scalar(text(statement))


@pytest.mark.usefixtures("transaction")
def test_a_narrations_asset_goes_with_its_track_and_stands_for_one_track_only():
    owner = make_user()
    story = make_story(owner)
    track = make_track(owner, story)
    make_asset(owner, story, "audio", track_id=track.id)
    with pytest.raises(IntegrityError, match="uq_media_track_id"), db.session.begin_nested():
        db.session.execute(
            text(
                "INSERT INTO media_assets (news_id, type, url, track_id)"
                " SELECT news_id, type, url, track_id FROM media_assets"
            )
        )

    db.session.execute(text("DELETE FROM audio_tracks"))

    assert only("SELECT count(*) FROM media_assets") == 0


@pytest.mark.usefixtures("transaction")
def test_totals_count_a_narration_as_media_of_its_story_but_not_as_a_sound():
    owner = make_user()
    story = make_story(owner)
    make_asset(owner, story, "audio", byte_size=10)
    track = make_track(owner, story, byte_size=5)
    make_asset(owner, story, "audio", track_id=track.id)

    kept = db.session.execute(text("SELECT sounds, story_media, tracks, bytes FROM user_totals"))
    assert kept.all() == [(1, 2, 1, 15)]
    assert only("SELECT rebuild_totals()") == 0
    db.session.execute(text("UPDATE media_assets SET track_id = NULL"))
    assert only("SELECT sounds FROM user_totals") == 2
    db.session.execute(text("TRUNCATE media_assets"))
    assert only("SELECT sounds + story_media FROM user_totals") == 0


@pytest.mark.usefixtures("transaction")
@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("stage = 'singing'", "valid_stage"),
        ("failures = -1", "valid_failures"),
        ("characters = -1", "valid_characters"),
    ],
)
def test_what_must_never_be_is_refused(change, check):
    owner = make_user()
    db.session.execute(
        text(
            "INSERT INTO audio_generation_history (user_id, voice_id, model_id, status)"
            " VALUES (:owner, 'v', 'm', 'pending')"
        ),
        {"owner": owner.id},
    )
    with pytest.raises(IntegrityError, match=check), db.session.begin_nested():
        db.session.execute(text(f"UPDATE audio_generation_history SET {change}"))


def test_rows_survive_the_migration_both_ways(new_database, make_settings):
    app = create_app(make_settings(database_url=new_database("queue_both_ways")))
    with app.app_context():
        flask_migrate.downgrade(revision="0001")
        scope.enter(scope.OWNER)
        db.session.execute(
            text(
                "WITH u AS (INSERT INTO users (email) VALUES ('a@b.c') RETURNING id),"
                " n AS (INSERT INTO news_history (user_id, headline, content)"
                "       SELECT id, 'h', 'c' FROM u RETURNING id, user_id),"
                " t AS (INSERT INTO audio_tracks (user_id, news_id, url, text, duration, created_at)"
                "       SELECT user_id, id, 'http://x', 'héllo', 1, '2026-01-01' FROM n RETURNING id),"
                " m AS (INSERT INTO media_assets (user_id, news_id, type, url)"
                "       SELECT user_id, id, 'audio', 'http://x' FROM n)"
                " INSERT INTO audio_generation_history"
                "  (user_id, news_id, track_id, voice_id, model_id, status, text)"
                " SELECT n.user_id, n.id, t.id, 'v', 'm', 'completed', 'héllo' FROM n, t"
            )
        )
        db.session.commit()
        db.session.remove()
        flask_migrate.upgrade()
        scope.enter(scope.OWNER)
        assert db.session.execute(
            text("SELECT stage, characters, failures FROM audio_generation_history")
        ).all() == [("done", 5, 0)]
        assert only("SELECT chosen_at = created_at FROM audio_tracks")
        db.session.execute(
            text(
                "INSERT INTO media_assets (user_id, news_id, type, url, track_id)"
                " SELECT user_id, news_id, 'audio', url, id FROM audio_tracks"
            )
        )
        db.session.commit()
        db.session.remove()
        flask_migrate.downgrade(revision="0001")
        scope.enter(scope.OWNER)
        assert only("SELECT count(*) FROM media_assets") == 1, "the one that was uploaded"
        assert only("SELECT sounds FROM user_totals") == 1
        assert only("SELECT rebuild_totals()") == 0
        assert only("SELECT count(*) FROM audio_tracks") == 1
        db.session.remove()
        flask_migrate.upgrade()
        db.engine.dispose()
