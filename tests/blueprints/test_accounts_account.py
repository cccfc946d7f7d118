import flask
import pytest
from flask import Response

import scope
from blueprints import access
from errors import NotAllowed
from models import Role
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_user

NEW = "another good password"


def change(browser, current=PASSWORD, new=NEW):
    data = {"current_password": current, "new_password": new}
    return browser.post("/account/password", data=data)


def test_the_account_page_shows_who_one_is(me, reader):
    page = me.get("/account").text

    assert reader.email in page
    assert "Reader" in page
    assert "Member since" in page
    assert "REGISTRATION" not in page
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="new-password"' in page


def test_admins_see_how_accounts_are_made(app, transaction):
    page = signed_in(app, make_user(role=Role.ADMIN)).get("/account").text

    assert "Admin" in page
    assert "REGISTRATION" in page


def test_a_changed_password_ends_all_sessions_but_this(app, me, reader):
    elsewhere = signed_in(app, reader)

    reply = change(me)

    assert (reply.status_code, reply.location) == (303, "/account")
    assert "Your password is changed" in me.get("/account").text
    assert elsewhere.get("/account").status_code == 302
    data = {"email": reader.email, "password": NEW}
    assert app.test_client().post("/login", data=data).status_code == 303


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("not the password", NEW, "not your current password"),
        ("", NEW, "Enter your current password"),
        (PASSWORD, "short", "at least 10"),
        (PASSWORD, "", "Choose a new password"),
    ],
)
def test_a_refused_change_says_why_at_the_field(app, me, reader, current, new, words):
    elsewhere = signed_in(app, reader)

    reply = change(me, current, new)

    assert reply.status_code == 422
    assert words in reply.text
    assert reply.text.count('aria-invalid="true"') == 1
    assert reader.email in reply.text
    assert elsewhere.get("/account").status_code == 200


def test_guessing_the_current_password_is_throttled(me):
    for _ in range(10):
        assert change(me, "not the password").status_code == 422

    reply = change(me)

    assert reply.status_code == 429
    assert "Try again in" in reply.text


def test_the_form_token_of_open_pages_outlives_a_change(app, me, monkeypatch):
    me.get("/account")
    with me.session_transaction() as session:
        token = session["csrf_token"]

    change(me)

    with me.session_transaction() as session:
        assert session["csrf_token"] == token


def test_reloading_after_a_refused_change_shows_the_page(me):
    assert me.get("/account/password").location == "/account"


def test_signing_out_everywhere_spares_this_browser(app, me, reader):
    elsewhere = signed_in(app, reader)

    assert me.post("/account/sign-out-everywhere").status_code == 303

    assert me.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_anybody_chooses_a_theme_and_stays_on_the_page(client, theme):
    make_user()

    reply = client.post("/account/theme", data={"theme": theme, "next": "/login?next=/news/"})

    assert (reply.status_code, reply.location) == (303, "/login?next=/news/")
    assert f"theme={theme}" in reply.headers["Set-Cookie"]
    assert f'data-theme="{theme}"' in client.get("/login").text


def test_an_unknown_theme_and_a_foreign_page_are_not_followed(client):
    assert client.post("/account/theme", data={"theme": "<b>"}).status_code == 422
    reply = client.post("/account/theme", data={"theme": "dark", "next": "//evil.test"})
    assert reply.location == "/"


def test_under_htmx_a_theme_changes_nothing_on_the_page(client):
    reply = client.post("/account/theme", data={"theme": "dark"}, headers={"HX-Request": "true"})

    assert reply.status_code == 204


@pytest.mark.parametrize(("role", "status"), [(Role.READER, 403), (Role.ADMIN, 200)])
def test_admin_pages_open_for_admins_alone(app, transaction, role, status):
    browser = signed_in(app, make_user(role=role))

    assert visit_admin_page(app, browser) == status


def test_admin_pages_send_strangers_to_sign_in(app, client):
    assert visit_admin_page(app, client) == 302


def visit_admin_page(app, browser):
    """Open an admin page that has no address, with the session of a browser."""

    @access.admin_required
    def page():
        assert scope.current().role == scope.ADMIN
        return Response()

    with browser.session_transaction() as session:
        known = dict(session)
    with app.app_context(), app.test_request_context("/users/"):
        flask.session.update(known)
        try:
            return page().status_code
        except NotAllowed as refusal:
            return refusal.status
