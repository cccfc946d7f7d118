import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from extensions import db
from models import AccountToken
from tests.conftest import signed_in
from tests.factories import PASSWORD, make_user
from tests.live import mail_server, with_settings

__all__ = ["mail_server"]

NEW = "another good password"
SENT = "If that address has an account, a link is on its way."


@pytest.fixture(autouse=True)
def mailed(app, monkeypatch, mail_server):
    settings = with_settings(
        app, smtp_url=f"smtp://{mail_server.address}", base_url="https://earshot.example"
    )
    monkeypatch.setitem(app.config, "SETTINGS", settings)


def asked_link(client, mail_server, email):
    client.post("/forgot", data={"email": email})
    text = mail_server.letter().get_content()
    return re.search(r"https://earshot\.example(/reset/\S+)", text)[1]


def test_a_forgotten_password_is_set_by_a_mailed_link(app, client, reader, mail_server):
    elsewhere = signed_in(app, reader)
    link = asked_link(client, mail_server, reader.email.upper())
    page = client.get(link)
    assert reader.email in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert 'autocomplete="new-password"' in page.text

    reply = client.post(link, data={"password": NEW})

    assert (reply.status_code, reply.location) == (303, "/login")
    assert "Your new password is set" in client.get("/login").text
    assert elsewhere.get("/account").status_code == 302
    data = {"email": reader.email, "password": NEW}
    assert client.post("/login", data=data).status_code == 303


def test_the_letter_goes_to_the_address_of_the_account(client, reader, mail_server):
    client.post("/forgot", data={"email": reader.email.upper()})

    assert mail_server.letter()["To"] == reader.email


def test_unknown_and_known_addresses_are_answered_alike(client, reader, mail_server):
    replies = [
        client.post("/forgot", data={"email": email}, follow_redirects=True)
        for email in ("nobody@earshot.test", reader.email)
    ]

    assert all(reply.status_code == 200 and SENT in reply.text for reply in replies)
    assert mail_server.letter()["To"] == reader.email
    assert mail_server.letters.empty()


@pytest.mark.parametrize("typed", ["", "no address", "a@b\x00"])
def test_what_is_no_address_is_refused(client, reader, typed):
    reply = client.post("/forgot", data={"email": typed})

    assert reply.status_code == 422
    assert "e-mail address" in reply.text


def test_one_cannot_be_flooded_with_links(client, reader):
    for _ in range(5):
        assert client.post("/forgot", data={"email": reader.email}).status_code == 303

    reply = client.post("/forgot", data={"email": reader.email})

    assert reply.status_code == 429
    assert "Try again in 60 minutes" in reply.text


def test_a_link_works_once_and_takes_the_others_with_it(client, reader, mail_server):
    first = asked_link(client, mail_server, reader.email)
    second = asked_link(client, mail_server, reader.email)
    assert client.post(first, data={"password": NEW}).status_code == 303

    for link in (first, second):
        for reply in (client.get(link), client.post(link, data={"password": NEW})):
            assert reply.status_code == 410
            assert "This link no longer works" in reply.text
            assert reply.headers["Referrer-Policy"] == "no-referrer"


def test_a_link_is_too_old_after_an_hour(client, reader, mail_server):
    link = asked_link(client, mail_server, reader.email)
    aged = AccountToken.expires_at - timedelta(hours=1)
    db.session.execute(update(AccountToken).values(expires_at=aged))
    db.session.commit()

    assert client.get(link).status_code == 410


@pytest.mark.parametrize("token", ["x", "%00", "a" * 5000, "\u2603", "..%2f..", "None"])
def test_a_made_up_link_is_dead(client, reader, token):
    assert client.get(f"/reset/{token}").status_code in {404, 410}


def test_a_bad_new_password_leaves_the_link_alive(client, reader, mail_server):
    link = asked_link(client, mail_server, reader.email)

    for bad in ("short", "", reader.email.upper()):
        assert client.post(link, data={"password": bad}).status_code == 422

    assert client.post(link, data={"password": NEW}).status_code == 303


def test_a_new_password_lifts_the_throttle_of_its_address(client, reader, mail_server):
    for _ in range(11):
        client.post("/login", data={"email": reader.email, "password": "wrong"})
    link = asked_link(client, mail_server, reader.email)

    client.post(link, data={"password": NEW})

    data = {"email": reader.email, "password": NEW}
    assert client.post("/login", data=data).status_code == 303


def test_without_a_mail_server_the_page_says_where_the_link_is(app, client, reader, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", with_settings(app, smtp_url=None))

    page = client.get("/forgot?sent=1")

    assert SENT in page.text
    assert "no mail server" in page.text


def test_a_suspended_person_gets_no_letter(client, mail_server):
    user = make_user("gone@earshot.test", suspended_at="2026-01-01T00:00Z")

    assert client.post("/forgot", data={"email": user.email}).status_code == 303

    assert db.session.scalars(select(AccountToken)).all() == []


def test_nothing_is_kept_of_passwords_in_pages(client, reader, mail_server):
    link = asked_link(client, mail_server, reader.email)

    assert "tooshort" not in client.post(link, data={"password": "tooshort"}).text
    assert PASSWORD not in client.get(link).text
