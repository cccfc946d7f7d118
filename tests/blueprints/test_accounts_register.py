import pytest
from sqlalchemy import select

from extensions import db
from models import Role, User
from services import account_tokens
from tests.factories import PASSWORD, make_user
from tests.live import with_settings


def register(client, email="new@earshot.test", password=PASSWORD, **more):
    return client.post("/register", data={"email": email, "password": password, **more})


def roles():
    return dict(db.session.execute(select(User.email, User.role)).all())


def invitation(email="new@earshot.test", role=Role.READER):
    secret = account_tokens.issue_invitation(email, role)
    db.session.commit()
    return secret


@pytest.fixture
def registration(app, monkeypatch):
    def change(mode):
        monkeypatch.setitem(app.config, "SETTINGS", with_settings(app, registration=mode))

    return change


@pytest.mark.parametrize("page", ["/", "/news/", "/account", "/login"])
def test_the_first_visitor_is_led_to_the_first_account(client, page):
    reply = client.get(page, follow_redirects=True)

    assert reply.request.path == "/register"
    assert "Create the first account" in reply.text
    assert "admin" in reply.text


@pytest.mark.parametrize("mode", ["open", "invite", "closed"])
def test_the_first_account_is_an_admin_and_signed_in(client, registration, mode):
    registration(mode)

    reply = register(client, "Me@Earshot.test", first="1")

    assert (reply.status_code, reply.location) == (303, "/")
    assert roles() == {"Me@Earshot.test": Role.ADMIN}
    assert "Me@Earshot.test" in client.get("/account").text


def test_the_next_one_is_a_reader(client):
    make_user(role=Role.ADMIN)

    assert "Create an account" in client.get("/register").text
    assert register(client).status_code == 303

    assert roles()["new@earshot.test"] == Role.READER


def test_who_was_promised_the_first_account_is_told_when_it_is_gone(client):
    make_user(role=Role.ADMIN)

    reply = register(client, first="1")

    assert reply.status_code == 422
    assert "a moment ago" in reply.text
    assert 'value="new@earshot.test"' in reply.text
    assert "new@earshot.test" not in roles()
    assert 'name="first" type="hidden" value="1"' not in reply.text


def test_a_taken_address_is_refused_at_its_field_and_kept(client):
    make_user("Taken@earshot.test")

    reply = register(client, "taken@earshot.test")

    assert reply.status_code == 422
    assert "sign in or reset your password" in reply.text
    assert 'value="taken@earshot.test"' in reply.text
    assert PASSWORD not in reply.text


def test_finding_out_addresses_by_registering_is_slow_work(client):
    make_user("taken@earshot.test")
    for _ in range(20):
        assert register(client, "taken@earshot.test").status_code == 422

    assert register(client, "taken@earshot.test").status_code == 429


def test_both_fields_are_refused_at_once(client):
    make_user()

    reply = register(client, "no address", "short")

    assert reply.status_code == 422
    assert "Enter an e-mail address" in reply.text
    assert "That is 5 of at least 10" in reply.text
    assert reply.text.count('aria-invalid="true"') == 2
    assert "no address" in reply.text
    assert "short" not in reply.text


@pytest.mark.parametrize(("mode", "words"), [("invite", "By invitation"), ("closed", "No new")])
def test_a_door_that_is_not_open_says_so(client, registration, mode, words):
    make_user()
    registration(mode)

    assert words in client.get("/register").text
    reply = register(client)

    assert reply.status_code == 403
    assert words in reply.text
    assert "new@earshot.test" not in roles()
    assert "/register" not in client.get("/login").text


def test_an_invitation_is_shown_its_address_and_makes_that_account(client, registration):
    make_user()
    registration("invite")
    secret = invitation(role=Role.ADMIN)

    page = client.get(f"/register?invite={secret}")
    reply = register(client, "thief@earshot.test", invite=secret)

    assert "new@earshot.test" in page.text
    assert "readonly" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert reply.status_code == 303
    assert roles()["new@earshot.test"] == Role.ADMIN
    assert "thief@earshot.test" not in roles()


def test_a_used_or_unknown_invitation_says_so(client, registration):
    make_user()
    registration("invite")
    secret = invitation()
    register(client, invite=secret)
    client.post("/logout")

    for used in (secret, "never-made", "\u2603"):
        page = client.get("/register", query_string={"invite": used})
        assert page.status_code == 410
        assert "This link no longer works" in page.text


def test_who_is_signed_in_has_an_account(me):
    assert me.get("/register").location == "/"
