"""Out of one site and into another: what comes back is what there was."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

import scope
from app import create_app
from config import Settings
from extensions import db
from models import MediaAsset, NewsStory, User
from queries.media import library, of_story
from queries.preferences import preferences_of
from services import reading_habits, story_pictures, voice_choice
from services.archive.report import sentences
from services.reading_habits import Habits, Sort
from services.storage import THUMBNAILS
from services.voice_choice import Preference
from tests import samples
from tests.archived import (
    every_object,
    exported,
    holdings,
    imported,
    named_objects,
    somebody,
    store_picture,
)
from tests.factories import make_asset, make_story
from tests.live import live_app
from tests.stored import store

__all__ = ["live_app"]


@pytest.fixture
def other_app(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings], request
) -> Flask:
    name = f"other_{abs(hash(request.node.name))}"
    return create_app(make_settings(database_url=new_database(name)))


def test_compared_equal(live_app: Flask, other_app: Flask, tmp_path: Path):
    owner = somebody(live_app, stories=3)
    with live_app.app_context(), scope.acting(scope.READER, owner):
        reading_habits.change(owner, sort=Sort.OLDEST)
        voice_choice.prefer(owner, Preference("espeak:de", 1.5))
        db.session.commit()
    path = exported(live_app, owner, tmp_path / "a.zip")
    reader = somebody(other_app)
    with other_app.app_context(), scope.acting(scope.READER, reader):
        voice_choice.prefer(reader, Preference("espeak:fr"))
        db.session.commit()

    told = imported(other_app, reader, path)

    with other_app.app_context(), scope.acting(scope.READER, reader):
        noted = Habits.of(preferences_of(reader, reading_habits.ABOUT))
        assert noted == Habits(sort=Sort.OLDEST)
        assert voice_choice.preference_of(reader) == Preference("espeak:fr")
    before, after = holdings(live_app, owner), holdings(other_app, reader)
    for name, rows in before.items():
        assert after[name] == rows, name
    assert told["taken"]["news_history"] == 3
    assert "Brought in: 3 stories, 4 pictures and sounds, 3 narrations and 1 tag." in sentences(
        told
    )
    assert set(told) == {"taken"}
    assert every_object(other_app) == named_objects(other_app)

    again = imported(other_app, reader, path)

    assert holdings(other_app, reader) == after
    assert set(again) == {"known"}
    assert every_object(other_app) == named_objects(other_app)


def test_a_text_has_its_pictures_where_it_had_them(
    live_app: Flask, other_app: Flask, tmp_path: Path
):
    owner, reader = somebody(live_app), somebody(other_app)
    addresses = [f"https://a.test/{name}.png" for name in ("kept", "small", "linked")]
    with live_app.app_context(), scope.acting(scope.READER, owner):
        person = db.session.get_one(User, owner)
        story = make_story(person, content="Words. " + " ".join(f"![x]({a})" for a in addresses))
        kept = store_picture(owner, story.id, "kept.png")
        media = update(MediaAsset).where(MediaAsset.id == kept)
        db.session.execute(
            media.values(metadata_=MediaAsset.metadata_.op("||")({"kept_from": addresses[0]}))
        )
        small = store(samples.image("WEBP"), THUMBNAILS, "webp")
        make_asset(person, story, url=addresses[1], arrived=True, thumbnail_key=small)
        make_asset(person, story, url=addresses[2], arrived=True)
        db.session.commit()

    imported(other_app, reader, exported(live_app, owner, tmp_path / "a.zip"))

    with other_app.app_context(), scope.acting(scope.READER, reader):
        story = db.session.scalars(select(NewsStory)).one()
        arranged = story_pictures.arrange(story.content, of_story(reader, story.id))
        shown = [(one.stored, one.has_thumbnail) for one in arranged.known.values()]
        assert list(arranged.known) == addresses
        assert shown == [(True, True), (False, True), (False, False)]
        assert (arranged.more, len(arranged.elsewhere)) == ([], 0)
        assert library(reader, type="image") == [arranged.known[addresses[0]]]
    assert every_object(other_app) == named_objects(other_app)


def test_into_another_account_of_the_same_site(live_app: Flask, tmp_path: Path):
    owner = somebody(live_app, stories=2)
    before = holdings(live_app, owner)
    path = exported(live_app, owner, tmp_path / "a.zip")
    reader = somebody(live_app)

    imported(live_app, reader, path)
    after = holdings(live_app, reader)
    again = imported(live_app, reader, path)

    assert holdings(live_app, owner) == before
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    assert {row["id"] for row in after["news_history"]}.isdisjoint(
        row["id"] for row in before["news_history"]
    )
    assert set(again) == {"known"}
    assert holdings(live_app, reader) == after
    assert every_object(live_app) == named_objects(live_app)
