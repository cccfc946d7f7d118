"""Asking for an archive, fetching it, and handing one in."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlalchemy import select

import scope
from extensions import db
from models import Archive
from services.storage import ARCHIVES, open_storage
from services.worker import archives as worker
from tests.conftest import signed_in
from tests.factories import make_story, make_user
from tests.stored import store

BODY = b"PK\x03\x04" + bytes(range(250))


def requests() -> list[Archive]:
    with scope.acting(scope.OWNER):
        return list(db.session.scalars(select(Archive).order_by(Archive.created_at)))


def ready(owner, **columns) -> Archive:
    key = store(BODY, ARCHIVES, "zip")
    now = datetime.now(UTC)
    row = Archive(
        user_id=owner.id,
        kind="export",
        status="completed",
        storage_key=key,
        byte_size=len(BODY),
        finished_at=now,
        expires_at=now,
        **columns,
    )
    db.session.add(row)
    db.session.commit()
    return row


def kept() -> int:
    return len(list(open_storage().list(f"{ARCHIVES}/")))


def test_one_click_on_the_account_page_asks_for_it(me, reader):
    assert "Take everything along" in me.get("/account").text

    reply = me.post("/account/archive")

    assert (reply.status_code, reply.location) == (303, "/account/archive")
    (asked,) = requests()
    assert (asked.user_id, asked.kind, asked.status) == (reader.id, "export", "pending")
    page = me.get("/account/archive").text
    assert "Waiting for its turn" in page
    assert 'hx-get="/account/archive" hx-trigger="every 2s"' in page
    assert "Make an archive" not in page
    assert f'hx-get="/account/archive/{asked.id}/state"' in me.get("/account").text


def test_a_second_click_is_told_so_and_asks_for_nothing(me):
    me.post("/account/archive")
    me.post("/account/archive")

    assert len(requests()) == 1
    assert "being made already" in me.get("/account/archive").text


def test_the_page_that_deletes_the_account_offers_it(me):
    assert "Take everything along first" in me.get("/account/delete").text


def test_its_owner_fetches_it_whole_or_in_part(me, reader):
    made = ready(reader)

    whole = me.get(f"/account/archive/{made.id}")
    part = me.get(f"/account/archive/{made.id}", headers={"Range": "bytes=4-7"})

    assert whole.data == BODY
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="earshot-20')
    assert (part.status_code, part.data) == (206, BODY[4:8])


def test_nobody_else_gets_a_byte_or_learns_of_it(app, reader):
    made = ready(reader)
    stranger = signed_in(app, make_user())

    for path in ("", "/state"):
        assert stranger.get(f"/account/archive/{made.id}{path}").status_code == 404
    assert stranger.post(f"/account/archive/{made.id}/delete").status_code == 404
    assert len(requests()) == 1
    assert "Download" not in stranger.get("/account/archive").text


def test_an_import_can_not_be_fetched(me, reader):
    made = ready(reader)
    made.kind = "import"
    db.session.commit()
    assert me.get(f"/account/archive/{made.id}").status_code == 404


def test_stopping_one_that_waits(me):
    me.post("/account/archive")
    (asked,) = requests()

    assert me.post(f"/account/archive/{asked.id}/delete").status_code == 303

    assert requests() == []


def test_a_file_that_is_handed_in_is_kept_for_the_worker(me, reader):
    reply = me.post("/account/import", data={"files": (BytesIO(BODY), "../mine.zip")})

    assert (reply.status_code, reply.location) == (303, "/account/archive")
    (asked,) = requests()
    assert (asked.kind, asked.file_name, asked.byte_size) == ("import", "mine.zip", len(BODY))
    assert open_storage().open(asked.storage_key).read() == BODY
    assert "mine.zip" in me.get("/account/archive").text


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "", "Choose an archive first."),
        (b"%PDF-1.7", "a.pdf", "a.pdf is not a zip file."),
        (b"", "empty.zip", "empty.zip is not a zip file."),
    ],
)
def test_what_is_no_zip_is_refused_at_once(me, data, name, words):
    before = kept()
    reply = me.post("/account/import", data={"files": (BytesIO(data), name)})

    assert reply.status_code == 422
    assert words in reply.text
    assert requests() == []
    assert kept() == before


def test_a_second_file_meanwhile_is_refused_and_not_kept(me):
    me.post("/account/import", data={"files": (BytesIO(BODY), "one.zip")})
    before = kept()

    reply = me.post("/account/import", data={"files": (BytesIO(BODY), "two.zip")})

    assert reply.status_code == 422
    assert "Another archive is being brought in" in reply.text
    assert kept() == before


def test_a_failed_one_says_why(me, reader):
    db.session.add(
        Archive(user_id=reader.id, kind="import", status="failed", error="It was <cut> short.")
    )
    db.session.commit()

    page = me.get("/account/archive").text

    assert "It was &lt;cut&gt; short." in page
    assert "Bring in" in page


def test_asked_made_and_fetched(me, reader, monkeypatch):
    # All is one connection here, which two threads can't share.
    monkeypatch.setattr(worker.Hold, "_keep", lambda _: None)
    make_story(reader)
    me.post("/account/archive")
    (asked,) = requests()

    scope.enter(scope.OWNER)
    worker.do_next()

    page = me.get(f"/account/archive/{asked.id}/state").text
    assert "Download" in page
    assert "1 story" in page
    assert me.get(f"/account/archive/{asked.id}").data[:2] == b"PK"


def test_one_that_ended_half_way_says_what_it_brought_in(me, reader):
    db.session.add(
        Archive(
            user_id=reader.id,
            kind="import",
            status="failed",
            error="Storage is gone.",
            report={"taken": {"news_history": 2}},
        )
    )
    db.session.commit()

    page = me.get("/account/archive").text

    assert "Storage is gone." in page
    assert "Brought in: 2 stories." in page
