import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app import create_app
from extensions import db
from models import AccountToken, Throttle, User
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_user

WRONG = "open an account"


def sign_in(client, email, password=PASSWORD, **more):
    return client.post("/login", data={"email": email, "password": password, **more})


def test_a_reader_signs_in_sees_the_front_page_and_signs_out(client, reader):
    reply = sign_in(client, reader.email)

    assert (reply.status_code, reply.location) == (303, "/")
    assert client.get("/").status_code == 200
    assert client.get("/login").location == "/"
    assert client.post("/logout").location == "/login"
    assert client.get("/").location == "/login?next=/"


def test_a_refused_sign_in_keeps_the_address_and_never_the_password(client, reader):
    reply = sign_in(client, reader.email, "not the password")

    assert reply.status_code == 422
    assert WRONG in reply.text
    assert reader.email in reply.text
    assert "not the password" not in reply.text
    assert "Set-Cookie" not in reply.headers or "_user_id" not in reply.headers["Set-Cookie"]


def test_unknown_known_and_suspended_addresses_are_answered_alike(client, reader):
    make_user("suspended@earshot.test", suspended_at=func.now())
    pages = set()
    for email in (reader.email, "suspended@earshot.test", "nobody@earshot.test"):
        reply = sign_in(client, email, "not the password")
        assert reply.status_code == 422
        pages.add(reply.text.replace(email, "").replace(_token(reply.text), ""))
    suspended = sign_in(client, "suspended@earshot.test").text
    pages.add(suspended.replace("suspended@earshot.test", "").replace(_token(suspended), ""))

    assert len(pages) == 1


def _token(page):
    return re.search(r'name="csrf-token" content="([^"]+)"', page)[1]


@pytest.mark.parametrize("missing", ["email", "password"])
def test_an_empty_field_gets_a_message_of_its_own(client, reader, missing):
    data = {"email": reader.email, "password": PASSWORD, missing: ""}

    reply = client.post("/login", data=data)

    assert reply.status_code == 422
    assert f'id="{missing}-error"' in reply.text
    assert "Enter your" in reply.text


@pytest.mark.parametrize("odd", ["a\x00b@c.test", "x" * 100_000, "\ud83d@x", "' OR 1=1 --", "%s%n"])
def test_odd_input_is_only_wrong(client, reader, odd):
    for email, password in ((odd, PASSWORD), (reader.email, odd), (odd, odd)):
        reply = client.post(
            "/login",
            data={
                "email": email.encode("utf-8", "replace"),
                "password": password.encode("utf-8", "replace"),
            },
        )
        assert reply.status_code == 422


def test_after_signing_in_one_is_back_at_the_page_asked_for(client, reader):
    page = "/news/?q=rain%20at%20noon&before=x"
    sent = client.get(page)

    assert sent.status_code == 302
    form = client.get(sent.location)
    assert 'name="next"' in form.text

    reply = sign_in(client, reader.email, next="/news/?q=rain%20at%20noon&before=x")
    assert reply.location == page


def test_the_page_asked_for_survives_a_wrong_password(client, reader):
    reply = sign_in(client, reader.email, "not the password", next="/media/")

    assert 'name="next" type="hidden" value="/media/"' in reply.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/",
        "//evil.test",
        "///evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/\t/evil.test",
        "\t//evil.test",
        " //evil.test",
        "/\n/evil.test",
        "javascript:alert(1)",
        "evil.test",
        "/" + "x" * 3000,
        "",
    ],
)
def test_next_never_leads_to_another_site(client, reader, target):
    assert sign_in(client, reader.email, next=target).location == "/"


def test_a_page_asked_for_by_htmx_sends_the_whole_browser(client):
    fragment = client.get(
        "/news/?q=x",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/media/?type=image"},
    )
    boosted = client.get("/news/?q=x", headers={"HX-Request": "true", "HX-Boosted": "true"})
    foreign = client.get(
        "/news/?q=x", headers={"HX-Request": "true", "HX-Current-URL": "http://evil.test/media/"}
    )

    assert fragment.status_code == 401
    assert fragment.headers["HX-Redirect"] == "/login?next=/media/?type%3Dimage"
    assert boosted.headers["HX-Redirect"] == "/login?next=/news/?q%3Dx"
    assert foreign.headers["HX-Redirect"] == "/login"


def test_a_form_sent_without_a_session_comes_back_to_itself(client, reader):
    reply = client.post("/account/password", headers={"Referer": "http://localhost/account"})

    assert (reply.status_code, reply.location) == (303, "/login?next=/account")
    page = client.get(reply.location)
    assert "You were signed out. Sign in and send it again." in page.text


def test_a_form_sent_without_a_session_or_token_comes_back_too(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    reply = client.post("/account/password", headers={"Referer": "http://localhost/account"})

    assert (reply.status_code, reply.location) == (303, "/login?next=/account")


def test_a_form_without_its_token_is_refused_in_words(app, me, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    for one, path in ((client, "/login"), (me, "/account/password"), (me, "/logout")):
        reply = one.post(path, data={"email": "a@b.test", "password": PASSWORD})
        assert reply.status_code == 400
        assert "reload the page" in reply.text


def test_the_token_in_the_page_is_the_one_that_is_accepted(app, client, reader, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    token = _token(client.get("/login").text)

    assert sign_in(client, reader.email, csrf_token=token).status_code == 303


def test_the_eleventh_wrong_try_at_an_address_has_to_wait(client, reader):
    for _ in range(10):
        assert sign_in(client, reader.email, "not the password").status_code == 422

    reply = sign_in(client, reader.email)

    assert reply.status_code == 429
    assert "Try again in 15 minutes" in reply.text
    assert 0 < int(reply.headers["Retry-After"]) <= 900
    assert reader.email in reply.text
    other = make_user()
    assert sign_in(client, other.email).status_code == 303


def test_unknown_addresses_are_counted_alike(client):
    make_user()
    for _ in range(10):
        sign_in(client, "nobody@earshot.test")

    assert sign_in(client, "nobody@earshot.test").status_code == 429


def test_after_the_window_one_may_try_again(client, reader):
    for _ in range(10):
        sign_in(client, reader.email, "not the password")
    db.session.execute(update(Throttle).values(window_ends_at=func.now() - timedelta(seconds=1)))
    db.session.commit()

    assert sign_in(client, reader.email).status_code == 303


def test_success_clears_the_address_and_is_not_held_against_the_client(client, app, reader):
    for _ in range(9):
        sign_in(client, reader.email, "not the password")

    signed_in(app, reader)

    assert db.session.scalars(select(Throttle.tries)).all() == [9]


def test_one_client_cannot_try_many_addresses(client):
    make_user()
    for number in range(60):
        assert sign_in(client, f"nobody{number}@earshot.test").status_code == 422

    assert sign_in(client, "nobody60@earshot.test").status_code == 429
    assert db.session.scalar(select(func.count()).select_from(AccountToken)) == 0


def test_a_session_planted_before_is_not_the_one_afterwards(client, reader):
    with client.session_transaction() as planted:
        planted["planted"] = "by somebody else"

    sign_in(client, reader.email)

    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] == f"{reader.id}.1"


def test_staying_signed_in_is_a_choice(client, reader):
    brief = sign_in(client, reader.email).headers["Set-Cookie"]
    client.post("/logout")
    long = sign_in(client, reader.email, remember="y").headers["Set-Cookie"]

    assert "Expires" not in brief
    assert "Expires" in long
    for cookie in (brief, long):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("change", ["session_epoch", "suspended_at"])
def test_a_raised_epoch_or_a_suspension_ends_sessions_at_once(client, me, reader, change):
    value = User.session_epoch + 1 if change == "session_epoch" else func.now()
    assert me.get("/account").status_code == 200
    db.session.execute(update(User).where(User.id == reader.id).values({change: value}))
    db.session.commit()

    reply = me.get("/account")

    assert reply.location == "/login?next=/account"
    assert "Your session has ended" in me.get(reply.location).text


@pytest.mark.parametrize(
    "name", ["", "x", "1.1", "00000000-0000-0000-0000-000000000000.1", "{id}", "{id}.", "{id}.x"]
)
def test_a_session_that_names_nobody_is_nobodys(client, reader, name):
    with client.session_transaction() as session:
        session["_user_id"] = name.format(id=reader.id)

    assert client.get("/account").status_code == 302


def test_signing_out_by_address_asks_first(me):
    page = me.get("/logout")

    assert page.status_code == 200
    assert "Sign out?" in page.text
    assert me.head("/logout").status_code == 200
    assert me.get("/account").status_code == 200


def test_signing_out_under_htmx_loads_a_fresh_document(me):
    reply = me.post("/logout", headers={"HX-Request": "true", "HX-Boosted": "true"})

    assert reply.headers["HX-Redirect"] == "/login"
    assert me.get("/account").status_code == 302


def test_while_the_database_is_away_the_page_says_so(make_settings):
    app = create_app(make_settings(database_url="postgresql://nobody@127.0.0.1:9/nothing"))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "8dbd3d8f-5b3b-4ed7-a8a0-7f0b4d6e9a10.1"

    for reply in (
        client.get("/account"),
        client.get("/login"),
        sign_in(app.test_client(), "a@b.test"),
        app.test_client().post("/forgot", data={"email": "a@b.test"}),
    ):
        assert reply.status_code == 503
        assert "database" in reply.text
    with client.session_transaction() as session:
        assert "_user_id" in session
