"""States and tags in the database: what moves updated_at, what belongs to whom."""

from datetime import UTC, datetime

import flask_migrate
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

import scope
from app import create_app
from extensions import db
from models import StoryTag, Tag, User
from tests.factories import START, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def updated_at(story) -> datetime:
    return db.session.scalar(
        text("SELECT updated_at FROM news_history WHERE id = :id"), {"id": story.id}
    )


@pytest.mark.parametrize("column", ["read_at", "starred_at", "archived_at"])
def test_a_state_does_not_move_updated_at(column: str):
    story = make_story(make_user(), updated_at=START)
    for value in ("now()", "NULL"):
        db.session.execute(text(f"UPDATE news_history SET {column} = {value}"))
        assert updated_at(story) == START


@pytest.mark.parametrize(
    "change", ["headline = 'x'", "content = 'x'", "source_url = NULL", "metadata = '{}'"]
)
def test_a_change_of_the_story_moves_it_under_the_documents_name(change: str):
    story = make_story(make_user(), updated_at=START)
    db.session.execute(text(f"UPDATE news_history SET {change}, read_at = now()"))
    assert updated_at(story) > START
    trigger = text("SELECT count(*) FROM pg_trigger WHERE tgname = 'update_news_updated_at'")
    assert db.session.scalar(trigger) == 1


def make_tag(owner: User, name: str) -> Tag:
    tag = Tag(user_id=owner.id, name=name)
    db.session.add(tag)
    db.session.flush()
    return tag


def test_upper_and_lower_case_are_one_tag_and_every_reader_has_their_own():
    owner, other = make_user(), make_user()
    make_tag(owner, "Ärger")
    make_tag(other, "ärger")
    with pytest.raises(IntegrityError, match="uq_tags_user_name"), db.session.begin_nested():
        make_tag(owner, "äRGER")


@pytest.mark.parametrize("name", ["", " x", "x" * 51])
def test_a_tag_is_one_to_fifty_characters_without_space_around_it(name: str):
    with pytest.raises(IntegrityError, match="valid_tag_name"):
        make_tag(make_user(), name)


def test_a_storys_tag_takes_its_time_and_goes_with_it():
    owner = make_user()
    story = make_story(owner, created_at=START)
    db.session.add(StoryTag(news_id=story.id, tag_id=make_tag(owner, "a").id, user_id=owner.id))
    db.session.flush()
    given = text("SELECT story_created_at FROM story_tags")
    assert db.session.scalar(given) == START
    db.session.execute(text("DELETE FROM news_history"))
    assert db.session.scalar(text("SELECT count(*) FROM story_tags")) == 0
    assert db.session.scalar(text("SELECT count(*) FROM tags")) == 1


def test_no_story_carries_another_readers_tag():
    owner, other = make_user(), make_user()
    story, tag = make_story(owner), make_tag(other, "theirs")
    for user in (owner, other):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.execute(
                text("INSERT INTO story_tags (news_id, tag_id, user_id) VALUES (:n, :t, :u)"),
                {"n": story.id, "t": tag.id, "u": user.id},
            )


def test_readers_see_and_write_only_their_own_tags():
    owner, other = make_user(), make_user()
    make_tag(other, "theirs")
    db.session.commit()
    forged = Tag(user_id=other.id, name="forged")
    with scope.acting(scope.READER, owner.id):
        assert db.session.scalar(text("SELECT count(*) FROM tags")) == 0
        with pytest.raises(DBAPIError, match="row-level security"), db.session.begin_nested():
            db.session.add(forged)
            db.session.flush()
    with scope.acting(scope.WORKER):
        assert db.session.scalar(text("SELECT count(*) FROM tags")) == 1


def test_what_was_heard_to_the_end_before_has_been_read(new_database, make_settings):
    app = create_app(make_settings(database_url=new_database("heard_before")))
    with app.app_context():
        flask_migrate.downgrade(revision="0004")
        scope.enter(scope.OWNER)
        heard_at = datetime(2026, 3, 2, tzinfo=UTC)
        db.session.execute(text("INSERT INTO users (email) VALUES ('a@earshot.test')"))
        db.session.execute(
            text(
                "INSERT INTO news_history (headline, content, user_id)"
                " SELECT h, 'c', id FROM users, unnest(ARRAY['heard', 'begun']) AS h"
            )
        )
        db.session.execute(
            text(
                "INSERT INTO audio_tracks (url, text, duration, user_id, news_id)"
                " SELECT 'http://a.test/x', 't', 9, user_id, id FROM news_history"
            )
        )
        db.session.execute(
            text(
                "INSERT INTO playback_positions (user_id, track_id, finished_at)"
                " SELECT t.user_id, t.id, CASE WHEN n.headline = 'heard' THEN :at END"
                " FROM audio_tracks AS t JOIN news_history AS n ON n.id = t.news_id"
            ),
            {"at": heard_at},
        )
        before = db.session.scalars(text("SELECT updated_at FROM news_history ORDER BY id")).all()
        db.session.commit()
        db.session.remove()
        flask_migrate.upgrade()
        scope.enter(scope.OWNER)
        rows = db.session.execute(text("SELECT headline, read_at FROM news_history")).all()
        assert dict(rows) == {"heard": heard_at, "begun": None}
        after = db.session.scalars(text("SELECT updated_at FROM news_history ORDER BY id")).all()
        assert after == before
        db.session.remove()
        db.engine.dispose()
