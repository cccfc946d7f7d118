"""Deleting one's own account."""

import pytest
from sqlalchemy import func, select

import scope
from extensions import db
from models import AuditEntry, NewsStory, Role, Tag, User
from services.storage import open_storage
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_story, make_user
from tests.feeding import make_source
from tests.stored import make_stored_track


def count(model) -> int:
    with scope.acting(scope.OWNER):
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_page_says_what_goes_and_the_account_page_leads_there(me, reader):
    make_story(reader)
    make_source(reader, "https://news.test/feed")
    db.session.add_all(Tag(user_id=reader.id, name=name) for name in ("harbour", "rain"))
    db.session.commit()
    assert "/account/delete" in me.get("/account").text
    page = me.get("/account/delete").text
    for words, number in (("story", 1), ("source", 1), ("tags", 2)):
        assert f'<dt>{words}</dt><dd class="num">{number}</dd>' in page
    assert count(NewsStory) == 1


def test_with_the_password_everything_goes(app, me, reader):
    make_user(role=Role.ADMIN)
    key = make_stored_track(reader, make_story(reader)).storage_key
    elsewhere = signed_in(app, reader)
    email = reader.email

    reply = me.post("/account/delete", data={"password": PASSWORD})

    assert (reply.status_code, reply.location) == (303, "/login")
    assert "Your account is deleted" in me.get("/login").text
    assert elsewhere.get("/").status_code == 302
    assert (count(NewsStory), count(User)) == (0, 1)
    assert not open_storage().exists(key)
    refused = app.test_client().post("/login", data={"email": email, "password": PASSWORD})
    assert refused.status_code == 422
    with scope.acting(scope.OWNER):
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.actor_email, entry.subject_email) == (
            "user.deleted",
            email,
            email,
        )


@pytest.mark.parametrize(
    ("password", "words"), [("", "Enter your password"), ("wrong password", "not your current")]
)
def test_without_it_nothing_does(me, password, words):
    reply = me.post("/account/delete", data={"password": password})
    assert reply.status_code == 422
    assert words in reply.text
    assert count(User) == 1


def test_guessing_the_password_here_is_throttled_too(me):
    for _ in range(10):
        assert me.post("/account/delete", data={"password": "wrong"}).status_code == 422
    assert me.post("/account/delete", data={"password": "wrong"}).status_code == 429


def test_the_last_admin_stays_and_is_told_why(app, transaction):
    browser = signed_in(app, make_user(role=Role.ADMIN))
    page = browser.get("/account/delete").text
    assert "You are the last admin" in page
    assert "Delete for good" not in page
    reply = browser.post("/account/delete", data={"password": PASSWORD})
    assert reply.status_code == 422
    assert "last admin" in reply.text
    assert count(User) == 1

    make_user(role=Role.ADMIN)
    assert browser.post("/account/delete", data={"password": PASSWORD}).status_code == 303


def test_who_uses_the_site_is_seen_and_seldom_written_down(app, me, reader):
    with scope.acting(scope.OWNER):
        reader.last_seen_at = func.now() - func.make_interval(0, 0, 0, 0, 1)
        db.session.commit()
        old = reader.last_seen_at
    me.get("/account")
    db.session.expire_all()
    seen = reader.last_seen_at
    assert seen > old
    me.get("/account")
    db.session.expire_all()
    assert reader.last_seen_at == seen
