"""Uploading: what is kept, what is refused, and that nothing is ever half-stored."""

from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder

from errors import StorageError
from extensions import db
from models import MediaAsset
from queries import media as media_queries
from services.storage import open_storage
from services.storage.directory import DirectoryStorage
from tests import samples
from tests.conftest import signed_in
from tests.factories import make_story, make_user
from tests.live import with_settings

SCRIPT = {"X-Requested-With": "upload", "HX-Request": "true"}


@pytest.fixture(autouse=True)
def storage(app, tmp_path):
    """Give each test an empty storage of its own."""
    with app.app_context():
        usual = open_storage()
    app.extensions["storage"] = DirectoryStorage(tmp_path, "http://localhost")
    yield app.extensions["storage"]
    app.extensions["storage"] = usual


@pytest.fixture
def limits(app):
    """Return a function that changes settings for one test."""
    usual = app.config["SETTINGS"]

    def change(**values):
        app.config["SETTINGS"] = with_settings(app, **values)

    yield change
    app.config["SETTINGS"] = usual


def post(client, *files, headers=None, **fields):
    sent = [(BytesIO(data), name) for name, data in files]
    return client.post("/media/upload", data={"files": sent, **fields}, headers=headers)


def assets(owner):
    return media_queries.library(owner.id, limit=100)


def everything_agrees(storage, owner):
    """Say whether rows and objects name each other and nothing else."""
    keys = select(MediaAsset.storage_key, MediaAsset.thumbnail_key)
    rows = db.session.execute(keys.where(MediaAsset.user_id == owner.id)).all()
    named = {key for row in rows for key in row if key}
    return named == {entry.key for entry in storage.list()}


def test_the_form_works_without_scripts_and_says_what_it_takes(me):
    page = me.get("/media/upload").text

    assert 'enctype="multipart/form-data"' in page
    assert 'name="files"' in page
    assert "up to 20 MB" in page
    assert ">Upload</button>" in page


def test_files_are_kept_and_the_library_shows_them(me, reader, storage):
    reply = post(
        me, ("loaf.png", samples.image("PNG")), ("dawn.mp3", samples.sound("MP3", title="Dawn"))
    )

    assert (reply.status_code, reply.headers["Location"]) == (303, "/media/")
    assert [asset.title for asset in assets(reader)] == ["Dawn", "loaf"]
    assert "2 files uploaded." in me.get("/media/").text
    assert everything_agrees(storage, reader)


def test_good_files_are_kept_and_each_bad_one_is_named(me, reader, storage, limits):
    limits(max_image_bytes=200_000)
    reply = post(
        me,
        ("loaf.png", samples.image("PNG")),
        ("page.png", b"<!doctype html><script>1</script>"),
        ("nothing.jpg", b""),
        ("huge.png", samples.png_claiming(9, 9) + bytes(300_000)),
        ("wide.png", samples.png_claiming(40_000, 40_000)),
        ("cut.jpg", samples.photo((400, 300))[:3000]),
        ("drawing.svg", b"<svg xmlns='x'/>"),
        ("picture.mp3", samples.image("PNG", (9, 9))),
    )

    assert reply.status_code == 422
    assert "2 of 8 files kept" in reply.text
    for words in (
        "page.png is a web page.",
        "nothing.jpg is empty.",
        "huge.png is 0.3 MB. A picture may be up to 0.2 MB.",
        "wide.png has too many pixels.",
        "cut.jpg is damaged",
        "drawing.svg is an SVG drawing.",
    ):
        assert words in reply.text
    assert sorted(asset.original_name for asset in assets(reader)) == ["loaf.png", "picture.png"]
    assert everything_agrees(storage, reader)


def test_nothing_chosen_is_said(me):
    reply = me.post("/media/upload", data={"files": (BytesIO(b""), "")})

    assert (reply.status_code, "Choose at least one file." in reply.text) == (422, True)


def test_fifty_files_at_once_are_kept_and_one_more_is_not(me, reader, storage):
    files = [(f"{index}.png", samples.image("PNG", (index + 1, 2))) for index in range(51)]

    refused = post(me, *files)
    kept = post(me, *files[:50])

    assert refused.status_code == 422
    assert "Choose up to 50 files at a time; these were 51." in refused.text
    assert kept.status_code == 303
    assert len(assets(reader)) == 50
    assert everything_agrees(storage, reader)


def test_the_same_file_again_is_said_and_the_one_there_is_offered(me, reader):
    data = samples.image("PNG")
    post(me, ("loaf.png", data))
    (first,) = assets(reader)

    reply = post(me, ("again.png", data))

    assert reply.status_code == 422
    assert "You already have this file" in reply.text
    assert f'href="/media/{first.id}"' in reply.text
    assert len(assets(reader)) == 1


def test_the_same_file_again_is_kept_twice_when_that_is_wanted(me, reader, storage):
    data = samples.image("PNG")
    post(me, ("loaf.png", data))

    reply = post(me, ("loaf.png", data), keep_duplicates="y")

    assert reply.status_code == 303
    assert len(assets(reader)) == 2
    assert everything_agrees(storage, reader)


def test_the_same_file_twice_in_one_form_is_kept_once(me, reader):
    data = samples.image("PNG")

    post(me, ("one.png", data), ("two.png", data))

    assert [asset.original_name for asset in assets(reader)] == ["one.png"]


def test_a_file_that_somebody_else_has_is_no_duplicate(app, me, reader):
    data = samples.image("PNG")
    post(signed_in(app, make_user()), ("loaf.png", data))

    assert post(me, ("loaf.png", data)).status_code == 303


def test_one_by_one_each_answer_is_a_row(me, reader):
    data = samples.image("PNG")
    kept = post(me, ("Loaf <1>.png", data), headers=SCRIPT)
    same = post(me, ("loaf.png", data), headers=SCRIPT)
    bad = post(me, ("page.png", b"<html>"), headers=SCRIPT)
    (asset,) = assets(reader)

    assert [reply.status_code for reply in (kept, same, bad)] == [200, 409, 422]
    for reply, result in ((kept, "kept"), (same, "same"), (bad, "refused")):
        assert reply.text.lstrip().startswith("<li")
        assert f'data-result="{result}"' in reply.text
        assert "HX-Retarget" not in reply.headers
    assert "Loaf &lt;1&gt;" in kept.text
    assert f'hx-post="/media/{asset.id}"' in kept.text
    assert f'src="/media/{asset.id}/thumbnail"' in kept.text
    assert "1 picture and 0 sounds" in kept.text
    assert "data-keep-both" in same.text
    assert "page.png is a web page." in bad.text


class Failing(DirectoryStorage):
    """A folder that refuses the object put as number `at`."""

    at = 3
    count = 0

    def put(self, key, source, content_type):
        self.count += 1
        if self.count == self.at:
            raise StorageError("Storage is not answering right now.")
        super().put(key, source, content_type)


def test_when_storage_fails_for_one_file_the_others_are_kept(app, me, reader, tmp_path):
    app.extensions["storage"] = Failing(tmp_path, "http://localhost")

    reply = post(me, *((f"{index}.png", samples.image("PNG", (index, 2))) for index in (1, 2, 3)))

    assert reply.status_code == 422
    assert "2.png could not be kept. Storage is not answering right now." in reply.text
    assert {asset.original_name for asset in assets(reader)} == {"1.png", "3.png"}
    assert everything_agrees(app.extensions["storage"], reader)


def test_when_storage_fails_one_by_one_the_answer_says_that_it_was_us(app, me, tmp_path):
    app.extensions["storage"] = failing = Failing(tmp_path, "http://localhost")
    failing.at = 1

    assert post(me, ("loaf.png", samples.image()), headers=SCRIPT).status_code == 502


def test_a_request_over_the_limit_is_turned_away_in_words(app, me, reader, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10_000)

    page = post(me, ("loaf.png", bytes(20_000)))
    notice = post(me, ("loaf.png", bytes(20_000)), headers=SCRIPT)

    assert (page.status_code, notice.status_code) == (413, 413)
    assert "larger than this site accepts" in page.text
    assert 'class="notice' in notice.text
    assert assets(reader) == []


def test_a_connection_cut_midway_leaves_nothing(me, reader, storage):
    environ = EnvironBuilder(
        method="POST", data={"files": [(BytesIO(samples.sound(seconds=30)), "dawn.wav")]}
    ).get_environ()
    body = environ["wsgi.input"].read()

    reply = me.post(
        "/media/upload",
        input_stream=BytesIO(body[: len(body) // 2]),
        content_type=environ["CONTENT_TYPE"],
        environ_overrides={"CONTENT_LENGTH": str(len(body))},
    )

    assert reply.status_code == ClientDisconnected.code
    assert assets(reader) == []
    assert list(storage.list()) == []


def test_a_name_full_of_tricks_is_shown_harmless(me, reader):
    for name in ("'><script>1</script>.png", "a\u202egnp.exe", "../../../etc/passwd", "x" * 300):
        post(me, (name, samples.image("PNG", (len(name), 3))))

    page = me.get("/media/").text
    assert len(assets(reader)) == 4
    assert "<script>1" not in page
    assert "\u202e" not in page
    assert "etc/" not in page


@pytest.mark.parametrize("headers", [{}, SCRIPT])
def test_nobody_signed_in_uploads_nothing(client, headers):
    reply = post(client, ("loaf.png", samples.image()), headers=headers)

    assert reply.status_code in (303, 401)
    assert db.session.scalars(select(MediaAsset)).all() == []


def test_a_story_takes_its_files_or_nothing_is_stored(app, me, reader, tmp_path):
    app.extensions["storage"] = failing = Failing(tmp_path / "objects", "http://localhost")

    def write():
        sent = [(BytesIO(samples.image("PNG", (index, 2))), f"{index}.png") for index in (1, 2, 3)]
        story = {"headline": "Bread day", "content": "Bread.", "files": sent}
        return me.post("/news/new", data=story)

    assert write().status_code == 502
    assert assets(reader) == []
    assert "Bread day" not in me.get("/news/").text
    assert list(failing.list()) == []

    assert write().status_code == 303
    assert [asset.headline for asset in assets(reader)] == ["Bread day"] * 3
    assert everything_agrees(failing, reader)


def test_a_story_uses_what_waits_in_the_library(me, reader):
    data = samples.image("PNG")
    post(me, ("loaf.png", data))
    story = make_story(reader)

    reply = me.post(
        f"/news/{story.id}/edit",
        data={"headline": "Bread", "content": "Bread.", "files": (BytesIO(data), "b.png")},
    )

    assert reply.status_code == 303
    assert [asset.news_id for asset in assets(reader)] == [story.id]
