"""Asking for a file from elsewhere to be kept, as a browser does it with and without scripts."""

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

import scope
from extensions import db
from models import KeepState, MediaAsset, MediaKeep, User
from services import keeping_media
from services.storage import MEDIA, THUMBNAILS, open_storage
from services.worker import media_keeper
from tests.factories import make_asset, make_story, make_user
from tests.limited import allowing
from tests.live import with_settings
from tests.samples import image, sound
from tests.servers.web import Web, reply, serving

HTMX = {"HX-Request": "true"}


@pytest.fixture
def web(app: Flask, transaction: None):
    before = app.config["SETTINGS"]
    with serving() as running:
        app.config["SETTINGS"] = with_settings(
            app, fetch_allowed_hosts=running.place, fetch_timeout=3.0
        )
        running.pages["/one.png"] = reply(image(size=(900, 600)), type="image/png")
        running.pages["/one.wav"] = reply(sound(), type="audio/wav")
        yield running
    app.config["SETTINGS"] = before


def remote(owner: User, url: str, type: str = "image", **columns: object) -> MediaAsset:
    columns.setdefault("arrived", True)
    return make_asset(owner, make_story(owner), type, url=url, **columns)


def work() -> int:
    """Let a worker fetch all that is asked for."""
    before = scope.current()
    scope.enter(scope.OWNER)
    count = media_keeper.drain()
    scope.enter(before.role, before.user_id)
    db.session.expire_all()
    return count


def asset(media_id: UUID) -> MediaAsset:
    db.session.expire_all()
    found = db.session.get(MediaAsset, media_id)
    assert found is not None
    return found


def keeps() -> list[MediaKeep]:
    db.session.expire_all()
    return list(db.session.scalars(select(MediaKeep).order_by(MediaKeep.turn_at)))


def objects() -> set[str]:
    storage = open_storage()
    return {one.key for kind in (MEDIA, THUMBNAILS) for one in storage.list(f"{kind}/")}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))


def test_without_scripts_it_is_asked_for_and_there_when_the_page_is_loaded_again(
    web: Web, me: FlaskClient, reader: User
):
    one = remote(reader, web.url("/one.png"))
    path = f"/news/{one.news_id}"
    answer = me.post(f"/media/{one.id}/keep", data={"next": path})
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert web.asked == []
    page = me.get(path).text
    assert "Being kept…" in page
    assert "Load this page again" in page
    assert "/keep" not in re.sub(r'hx-get="[^"]*"', "", page)
    assert "It is being kept…" in me.get(f"/media/{one.id}").text

    assert work() == 1

    kept = asset(one.id)
    assert kept.storage_key and kept.thumbnail_key and kept.sha256
    assert (kept.arrived, kept.metadata_["kept_from"]) == (False, web.url("/one.png"))
    assert keeps() == []
    assert me.get(f"/media/{one.id}/file").status_code == 200
    assert f"/media/{one.id}/file" in me.get(path).text
    assert me.post(f"/media/{one.id}/keep").status_code == 303
    assert (work(), web.times("/one.png")) == (0, 1)


@pytest.mark.parametrize(("name", "kind"), [("/one.png", "image"), ("/one.wav", "audio")])
def test_with_scripts_the_row_asks_until_the_file_is_there(
    web: Web, me: FlaskClient, reader: User, name: str, kind: str
):
    one = remote(reader, web.url(name), kind)
    address = f"/media/{one.id}/keep?as=row"
    page = me.get(f"/news/{one.news_id}").text
    assert f'hx-post="{address}"' in page
    assert "hx-trigger" not in page[page.index("From elsewhere") : page.index("Nothing is loaded")]
    row = me.post(address, headers=HTMX).text
    assert row.lstrip().startswith(f'<li id="elsewhere-{one.id}"')
    assert f'hx-get="{address}" hx-trigger="every 2s"' in row
    assert "is being kept" in row
    again = me.get(address, headers=HTMX).text
    assert "Being kept…" in again
    assert "data-announce" not in again

    work()

    row = me.get(address, headers=HTMX).text
    assert "hx-trigger" not in row
    assert "Kept" in words(row)
    assert f"/media/{one.id}" in row
    assert web.url(name) not in row
    assert ("data-play" in row) == (kind == "audio")


def test_the_page_of_a_file_turns_into_the_file(web: Web, me: FlaskClient, reader: User):
    one = remote(reader, web.url("/one.png"))
    address = f"/media/{one.id}/keep"
    assert "Keep it here" in me.get(f"/media/{one.id}").text
    part = me.post(address, headers=HTMX).text
    assert part.lstrip().startswith('<div id="exhibit"')
    assert f'hx-get="{address}"' in part
    assert me.get(address).headers["Location"] == f"/media/{one.id}"
    work()
    part = me.get(address, headers=HTMX).text
    assert f'<img src="/media/{one.id}/file"' in part
    assert "900 × 600 pixels" in part
    assert f"/media/{one.id}/file?download=1" in part
    assert "hx-get" not in part


@pytest.mark.parametrize("body", [b"<script>", b"", b"GIF89a", sound()])
def test_what_is_no_picture_is_not_kept_and_can_be_tried_again(
    web: Web, me: FlaskClient, reader: User, body: bytes
):
    web.pages["/one.png"] = reply(body, type="image/png")
    one = remote(reader, web.url("/one.png"))
    before = objects()
    me.post(f"/media/{one.id}/keep")
    work()
    [failed] = keeps()
    assert failed.state is KeepState.FAILED
    assert failed.error.startswith("one.")
    for path in (f"/media/{one.id}", f"/news/{one.news_id}"):
        page = words(me.get(path).text)
        assert "Not kept. one." in page
        assert "Try again" in page
    assert asset(one.id).storage_key is None
    assert objects() == before

    web.pages["/one.png"] = reply(image(), type="image/png")
    me.post(f"/media/{one.id}/keep")
    assert "Not kept" not in me.get(f"/media/{one.id}").text
    work()
    assert asset(one.id).storage_key
    assert keeps() == []


def test_why_a_site_did_not_give_it_is_said(web: Web, me: FlaskClient, reader: User, app: Flask):
    web.pages["/large.png"] = reply(b"x" * 5000, type="image/png")
    app.config["SETTINGS"] = with_settings(app, max_image_bytes=1000)
    for url, why in (
        ("http://127.0.0.1:5432/x.png", "not on the public internet"),
        (web.url("/nothing.png"), "has nothing at this address"),
        (web.url("/large.png"), "sends is larger than"),
    ):
        one = remote(reader, url)
        me.post(f"/media/{one.id}/keep")
        work()
        assert why in words(me.get(f"/media/{one.id}").text), url


def test_asking_twice_is_one_job(web: Web, me: FlaskClient, reader: User):
    one = remote(reader, web.url("/one.png"))
    for _ in range(3):
        me.post(f"/media/{one.id}/keep")
    assert len(keeps()) == 1
    assert (work(), web.times("/one.png")) == (1, 1)


def test_another_readers_file_is_a_404(web: Web, me: FlaskClient):
    theirs = remote(make_user(), web.url("/one.png"))
    for media_id in (theirs.id, uuid4()):
        for headers in ({}, HTMX):
            address = f"/media/{media_id}/keep?as=row"
            assert me.post(address, headers=headers).status_code == 404
        assert me.get(address, headers=HTMX).status_code == 404
    assert keeps() == []


def test_a_plan_that_is_full_refuses_at_once(web: Web, me: FlaskClient, reader: User, app: Flask):
    one = remote(reader, web.url("/one.png"))
    with allowing(app, storage_bytes=0):
        row = me.post(f"/media/{one.id}/keep?as=row", headers=HTMX).text
        assert "Your plan stores up to" in row
        me.post(f"/media/{one.id}/keep")
        assert "Your plan stores up to" in me.get(f"/media/{one.id}").text
    assert keeps() == []


def test_a_file_that_a_plan_has_no_room_for_is_not_kept(
    web: Web, me: FlaskClient, reader: User, app: Flask
):
    one = remote(reader, web.url("/one.wav"), "audio")
    before = objects()
    with allowing(app, storage_bytes=500):
        me.post(f"/media/{one.id}/keep")
        work()
        assert "Your plan stores up to" in me.get(f"/media/{one.id}").text
    assert asset(one.id).storage_key is None
    assert objects() == before


def test_so_many_may_wait_and_no_more(web: Web, me: FlaskClient, reader: User):
    story = make_story(reader)
    rows = [
        {"user_id": reader.id, "news_id": story.id, "type": "image", "url": web.url(f"/{n}.png")}
        for n in range(keeping_media.MOST_OPEN)
    ]
    ids = list(db.session.scalars(insert(MediaAsset).returning(MediaAsset.id), rows))
    waiting = [{"user_id": reader.id, "media_id": media_id} for media_id in ids]
    db.session.execute(insert(MediaKeep), waiting)
    db.session.commit()
    one = remote(reader, web.url("/one.png"))
    row = me.post(f"/media/{one.id}/keep?as=row", headers=HTMX).text
    assert "200 files are waiting to be kept already" in words(row)
    assert len(keeps()) == keeping_media.MOST_OPEN
    assert "Being kept…" in me.post(f"/media/{ids[0]}/keep?as=row", headers=HTMX).text
    db.session.execute(
        update(MediaKeep).where(MediaKeep.media_id == ids[0]).values(state=KeepState.FAILED)
    )
    db.session.commit()
    assert "Being kept…" in me.post(f"/media/{one.id}/keep?as=row", headers=HTMX).text


def test_deleting_the_file_forgets_that_it_was_wanted(web: Web, me: FlaskClient, reader: User):
    media_id = remote(reader, web.url("/one.png")).id
    me.post(f"/media/{media_id}/keep")
    me.post(f"/media/{media_id}/delete", data={"even_if_used": "y"})
    assert keeps() == []
    assert work() == 0
    assert db.session.scalar(select(func.count()).select_from(MediaAsset)) == 0
    assert me.get(f"/media/{media_id}/keep?as=row", headers=HTMX).status_code == 404
