"""Writing stories when something is wrong: nothing that was typed is lost."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blueprints.news import forms
from extensions import db
from models import NewsStory, User
from services import uploads
from services.storage import open_storage
from services.storage.directory import DirectoryStorage
from tests import samples
from tests.factories import make_asset, make_story

TYPED = {"headline": "Typed", "content": "with care"}


def refused(reply: TestResponse, words: str, status: int = 422) -> None:
    assert reply.status_code == status
    assert "with care" in reply.text
    assert reply.text.count(words) == 1
    assert not db.session.query(NewsStory).filter_by(headline="Typed").count()


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "0999-12-31T23:59", "9999-12-31T23:59"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_year_that_some_clock_cannot_show_is_refused(me: FlaskClient, when: str, zone: str):
    me.set_cookie("tz", zone)
    refused(me.post("/news/new", data=TYPED | {"published_at": when}), "Choose a year")


@pytest.mark.parametrize("when", ["0001-01-01 00:00:00+00", "9999-12-31 23:59:59+00"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_such_a_year_from_elsewhere_is_shown_all_the_same(
    me: FlaskClient, reader: User, when: str, zone: str
):
    me.set_cookie("tz", zone)
    story = make_story(reader, published_at=when)
    for address in ("/", "/news/", f"/news/{story.id}", f"/news/{story.id}/edit"):
        assert me.get(address).status_code == 200


def test_each_refused_file_is_named_once(me: FlaskClient):
    for count in (1, 3):
        files = [(BytesIO(b"<html>"), f"page{number}.png") for number in range(count)]
        reply = me.post("/news/new", data=TYPED | {"files": files})
        for number in range(count):
            refused(reply, f"page{number}.png is a web page.")


def test_what_another_story_took_meanwhile_is_said_above_the_form(me: FlaskClient, reader: User):
    taken = make_asset(reader, make_story(reader), title="Loaf")
    refused(
        me.post("/news/new", data=TYPED | {"library": str(taken.id)}),
        "Loaf belongs to another story by now.",
    )
    story = make_story(reader)
    reply = me.post(f"/news/{story.id}/edit", data=TYPED | {"library": str(uuid4())})
    refused(reply, "That file doesn&#39;t exist, or isn&#39;t yours.")


def test_more_picks_than_files_are_allowed_are_refused(me: FlaskClient):
    picks = "&".join(f"library={uuid4()}" for _ in range(70_000))
    body = f"headline=Typed&content=with+care&{picks}"
    reply = me.post("/news/new", data=body, content_type="application/x-www-form-urlencoded")
    assert reply.status_code == 422
    assert "with care" in reply.text


def test_when_storage_is_away_the_form_comes_back_filled(
    me: FlaskClient, app: Flask, tmp_path_factory: pytest.TempPathFactory
):
    with app.app_context():
        usual = open_storage()
    nowhere = tmp_path_factory.mktemp("storage") / "a file"
    nowhere.touch()
    app.extensions["storage"] = DirectoryStorage(nowhere, "http://localhost")
    files = [(BytesIO(samples.photo()), "loaf.jpg")]
    try:
        reply = me.post("/news/new", data=TYPED | {"files": files})
    finally:
        app.extensions["storage"] = usual
    refused(reply, "Storage is not answering right now.", 502)


@pytest.mark.parametrize("address", ["/news/new", "/news/{}/edit", "/media/upload"])
def test_no_connection_is_held_while_files_are_decoded(
    me: FlaskClient, reader: User, monkeypatch: pytest.MonkeyPatch, address: str
):
    story = make_story(reader)
    held: list[bool] = []
    examine = uploads.examine

    def noted(*args: Any) -> uploads.Prepared:
        held.append(db.session().in_transaction())
        return examine(*args)

    for module in (forms, uploads):
        monkeypatch.setattr(module, "examine", noted)
    files = [(BytesIO(samples.image("PNG", (number, 3))), f"{number}.png") for number in (1, 2)]
    assert me.post(address.format(story.id), data=TYPED | {"files": files}).status_code == 303
    assert held == [False, False]
