"""What a narration cost is given back by the database, whoever ends it and however."""

import flask_migrate
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

import scope
from app import create_app
from extensions import db
from tests.factories import make_story, make_track, make_user

OPEN = ["pending", "processing"]


def run(statement: str, **values: object) -> None:
    db.session.execute(text(statement), values)
    db.session.flush()


def used() -> int:
    return db.session.scalar(text("SELECT used FROM usage_counters"))


@pytest.fixture
def attempt(transaction: None):
    """Return a maker of charged attempts of one reader, in a state."""
    owner = make_user()
    story = make_story(owner)
    track = make_track(owner, story)
    run(
        "INSERT INTO usage_counters VALUES (:owner, 'characters', '2026-03-01', 30)", owner=owner.id
    )

    def make(status: str) -> None:
        run(
            "INSERT INTO audio_generation_history (user_id, news_id, track_id, voice_id, model_id,"
            " status, charged, charged_period)"
            " VALUES (:owner, :story, :track, 'v', 'm', :status, 10, '2026-03-01')",
            owner=owner.id,
            story=story.id,
            track=track.id if status == "completed" else None,
            status=status,
        )

    return make


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audio_generation_history SET status = 'failed'",
        "DELETE FROM audio_generation_history",
        "UPDATE audio_generation_history SET status = 'failed', error = 'x', charged = 10",
    ],
)
def test_what_ends_before_it_is_done_is_given_back_once(attempt, status, statement):
    attempt(status)
    run(statement)
    run("UPDATE audio_generation_history SET status = 'failed'")
    run("DELETE FROM audio_generation_history")
    assert used() == 20


def test_a_worker_gives_back_without_touching_the_counters_itself(attempt):
    attempt("processing")
    with scope.acting(scope.WORKER):
        run("UPDATE audio_generation_history SET status = 'failed'")
        with pytest.raises(ProgrammingError, match="permission denied"), db.session.begin_nested():
            run("UPDATE usage_counters SET used = 0")
    assert used() == 20


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audio_generation_history SET status = 'pending'",
        "UPDATE audio_generation_history SET progress = 0.5, heartbeat_at = now()",
        "UPDATE audio_generation_history SET status = 'completed'",
        "UPDATE news_history SET headline = 'x'",
    ],
)
def test_what_goes_on_or_is_done_stays_spent(attempt, statement):
    attempt("processing")
    run(statement)
    assert used() == 30


def test_a_finished_narration_that_is_deleted_is_not_given_back(attempt):
    attempt("completed")
    run("DELETE FROM audio_tracks")
    assert db.session.scalar(text("SELECT count(*) FROM audio_generation_history")) == 0
    assert used() == 30


def test_an_account_with_open_narrations_can_be_deleted(attempt):
    attempt("pending")
    run("DELETE FROM users")
    assert used() is None


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE usage_counters SET used = -1", "valid_used"),
        ("UPDATE usage_counters SET resource = 'coffee'", "valid_resource"),
        ("UPDATE audio_generation_history SET charged = -1", "valid_charge"),
        ("UPDATE audio_generation_history SET charged_period = NULL", "valid_charge"),
    ],
)
def test_the_database_refuses_what_must_never_be(attempt, statement, check):
    attempt("pending")
    with pytest.raises(IntegrityError, match=check), db.session.begin_nested():
        run(statement)


def test_rows_survive_the_migration_both_ways(new_database, make_settings):
    app = create_app(make_settings(database_url=new_database("plans_both_ways")))
    with app.app_context():
        flask_migrate.downgrade(revision="0004")
        scope.enter(scope.OWNER)
        # By plain SQL: the models know columns that are not there yet.
        run("INSERT INTO users (email) VALUES ('then@earshot.test')")
        run(
            "INSERT INTO audio_generation_history (user_id, voice_id, model_id, status, characters)"
            " SELECT id, 'v', 'm', 'pending', 9 FROM users"
        )
        db.session.commit()
        db.session.remove()
        flask_migrate.upgrade()
        scope.enter(scope.OWNER)
        run("UPDATE audio_generation_history SET status = 'failed'")
        assert used() is None, "what was never charged is not given back"
        db.session.remove()
        db.engine.dispose()
