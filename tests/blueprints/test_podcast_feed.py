"""Podcast apps at the door: what they get by a good address, and nothing by any other."""

import json
import logging
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func

from blueprints.podcast_feed import blueprint
from extensions import db
from models import Source, StoryTag, Tag, User
from services.throttle import Limit
from tests.factories import make_story, make_user
from tests.listening import app_of, base_of, fetched, make_podcast
from tests.narrated import narrate
from tests.stored import SOUND, make_stored_track


@pytest.fixture
def ears(app: Flask, transaction: None) -> FlaskClient:
    return app_of(app)


def path_of(address: str) -> str:
    assert address.startswith("http://localhost/podcast/")
    return address.removeprefix("http://localhost")


def test_an_app_finds_stories_and_fetches_what_they_point_at(ears: FlaskClient, reader: User):
    story = make_story(reader, "Rain ]]> at 🎧 noon", source_url="https://e.test/rain")
    track = narrate(reader, story)
    base = make_podcast(reader)
    feed = fetched(ears, f"{base}/feed.xml")
    (item,) = feed.entries
    assert item.title == "Rain ]]> at 🎧 noon"
    assert item.id == str(track.id)
    (sound,) = item.enclosures
    reply = ears.get(path_of(sound.href))
    assert reply.status_code == 200
    assert len(reply.data) == int(sound["length"]) == track.byte_size
    assert reply.content_type == sound.type == track.content_type
    cover = ears.get(path_of(feed.feed.image.href))
    assert cover.data.startswith(b"\x89PNG")
    vtt = ears.get(f"{base}/{track.id}.vtt")
    assert vtt.text.startswith("WEBVTT")
    assert "-->" in ears.get(f"{base}/{track.id}.srt").text
    assert json.loads(ears.get(f"{base}/{track.id}.json").text)["segments"]
    assert vtt.headers["Access-Control-Allow-Origin"] == "*"
    again = ears.get(f"{base}/{track.id}.vtt", headers={"If-None-Match": vtt.headers["ETag"]})
    assert again.status_code == 304


def test_a_feed_is_private_tagged_and_sets_no_cookie(
    ears: FlaskClient, me: FlaskClient, reader: User
):
    make_stored_track(reader, make_story(reader))
    address = f"{make_podcast(reader)}/feed.xml"
    for reply in (ears.get(address), me.get(address)):
        assert reply.mimetype == "application/rss+xml"
        assert reply.headers["Cache-Control"] == "private, no-cache"
        assert reply.headers["X-Robots-Tag"] == "noindex"
        assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in reply.headers
    head = ears.head(address)
    assert head.data == b""
    assert head.headers["ETag"] == reply.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(reply.data))
    same = ears.get(address, headers={"If-None-Match": reply.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    make_stored_track(reader, make_story(reader, "Newer"))
    changed = ears.get(address, headers={"If-None-Match": reply.headers["ETag"]})
    assert changed.status_code == 200


def test_a_sound_comes_in_parts(ears: FlaskClient, reader: User):
    track = make_stored_track(reader, make_story(reader))
    address = f"{make_podcast(reader)}/{track.id}.mp3"
    part = ears.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.data == SOUND[100:200]
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(SOUND)}"
    head = ears.head(address)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(SOUND))
    assert head.headers["Accept-Ranges"] == "bytes"
    known = ears.get(address, headers={"If-None-Match": head.headers["ETag"]})
    assert known.status_code == 304
    assert ears.get(address, headers={"Range": "bytes=999999-"}).status_code == 416


def addresses(base: str, reader: User) -> list[str]:
    """Furnish a reader, and return every kind of address of their podcast."""
    tag = Tag(user_id=reader.id, name="Weather")
    source = Source(user_id=reader.id, url="https://e.test/feed", host="e.test")
    db.session.add_all([tag, source])
    db.session.commit()
    story = make_story(reader, "Rain", source_id=source.id)
    track = narrate(reader, story)
    db.session.add(StoryTag(user_id=reader.id, news_id=story.id, tag_id=tag.id))
    db.session.commit()
    files = [f"{track.id}.{suffix}" for suffix in ("mp3", "vtt", "srt", "json")]
    feeds = [f"tag/{tag.id}/feed.xml", f"source/{source.id}/feed.xml"]
    return [f"{base}/{one}" for one in ["feed.xml", "cover.png", *feeds, *files]]


def statuses(ears: FlaskClient, paths: list[str]) -> set[int]:
    return {
        ears.open(path, method=method).status_code for path in paths for method in ("GET", "HEAD")
    }


@pytest.mark.parametrize("end", ["renew", "revoke", "suspended", "deleted"])
def test_an_address_that_has_ended_opens_nothing(
    ears: FlaskClient, me: FlaskClient, reader: User, end: str
):
    paths = addresses(make_podcast(reader), reader)
    assert statuses(ears, paths) == {200}
    if end in {"renew", "revoke"}:
        assert me.post(f"/podcast/{end}").status_code == 303
    elif end == "suspended":
        reader.suspended_at = func.now()
        db.session.commit()
    else:
        db.session.delete(db.session.get(User, reader.id))
        db.session.commit()
    assert statuses(ears, paths) == {404}
    assert ears.get(paths[0]).mimetype == "text/plain"
    if end == "renew":
        assert ears.get(f"{base_of(reader)}/feed.xml").status_code == 200


def test_what_belongs_to_somebody_else_is_not_in_my_podcast(ears: FlaskClient, reader: User):
    stranger = make_user()
    mine, theirs = make_podcast(reader), make_podcast(stranger)
    foreign = addresses(theirs, stranger)
    assert statuses(ears, foreign) == {200}
    moved = [path.replace(theirs, mine) for path in foreign[2:]]
    assert statuses(ears, moved) == {404}
    unknown = [f"{mine}/tag/{uuid4()}/feed.xml", f"{mine}/source/{uuid4()}/feed.xml"]
    assert statuses(ears, [*unknown, f"{mine}/{uuid4()}.mp3"]) == {404}
    assert fetched(ears, f"{mine}/feed.xml").entries == []


def test_tags_and_sources_have_feeds_of_their_own(ears: FlaskClient, reader: User):
    base = make_podcast(reader)
    paths = addresses(base, reader)
    make_stored_track(reader, make_story(reader, "Elsewhere"))
    whole, tag, source = (fetched(ears, paths[place]) for place in (0, 2, 3))
    assert [one.title for one in whole.entries] == ["Elsewhere", "Rain"]
    assert [one.title for one in tag.entries] == [one.title for one in source.entries] == ["Rain"]
    assert "“Weather”" in tag.feed.title
    assert len({whole.feed.podcast_guid, tag.feed.podcast_guid, source.feed.podcast_guid}) == 3


def test_who_guesses_on_and_on_is_told_to_wait(
    ears: FlaskClient, reader: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(blueprint, "WRONG", Limit("podcast-from", 2))
    base = make_podcast(reader)
    wrong = [ears.get(f"/podcast/{'x' * 43}/feed.xml") for _ in range(3)]
    assert [one.status_code for one in wrong] == [404, 404, 429]
    assert int(wrong[2].headers["Retry-After"]) > 0
    # Somebody else behind the same address listens on.
    assert ears.get(f"{base}/feed.xml").status_code == 200


def test_the_log_does_not_hold_the_secret(
    ears: FlaskClient, reader: User, caplog: pytest.LogCaptureFixture
):
    base = make_podcast(reader)
    with caplog.at_level(logging.DEBUG):
        ears.get(f"{base}/feed.xml")
        ears.get(f"{base}/{uuid4()}.mp3")
    assert "/podcast/<token>/feed.xml" in caplog.text
    assert base.rpartition("/")[2] not in caplog.text


def test_the_page_makes_shows_renews_and_revokes(me: FlaskClient, reader: User):
    assert "Make my podcast address" in me.get("/podcast/").text
    assert me.post("/podcast/renew").status_code == 404
    assert me.post("/podcast/").status_code == 303
    first = base_of(reader)
    page = me.get("/podcast/").text
    assert f'value="http://localhost{first}/feed.xml"' in page
    assert f'href="podcast://localhost{first}/feed.xml"' in page
    me.post("/podcast/")
    assert base_of(reader) == first
    me.post("/podcast/renew")
    assert base_of(reader) != first
    assert first not in me.get("/podcast/").text
    me.post("/podcast/revoke")
    assert "Make my podcast address" in me.get("/podcast/").text
    assert 'href="/podcast/"' in me.get("/audio/").text
    assert 'href="/podcast/"' in me.get("/account").text
