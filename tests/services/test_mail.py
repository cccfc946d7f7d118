import logging

import pytest

from models import Role
from services import mail
from services.mail import Letter
from tests.live import mail_server, with_settings

__all__ = ["mail_server"]

LETTER = Letter(
    "reader@earshot.test", "Hello", "Words \u2013 and a link: http://x.test/1", "http://x.test/1"
)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch, transaction):
    monkeypatch.setattr(mail, "_WAITS", (0.0, 0.0, 0.0))


@pytest.fixture
def settings_with(app, monkeypatch):
    def change(**changes):
        monkeypatch.setitem(app.config, "SETTINGS", with_settings(app, **changes))

    return change


def test_a_letter_arrives_as_written(settings_with, mail_server):
    settings_with(smtp_url=f"smtp://{mail_server.address}", mail_from="Earshot <news@earshot.test>")

    mail.post(LETTER).result()

    letter = mail_server.letter()
    assert letter["From"] == "Earshot <news@earshot.test>"
    assert letter["To"] == "reader@earshot.test"
    assert letter["Subject"] == "Hello"
    assert letter["Date"]
    assert letter["Message-ID"].endswith("@earshot.test>")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().strip() == LETTER.body
    assert mail_server.recipients == ["reader@earshot.test"]


def test_name_and_password_of_the_address_are_used(settings_with, mail_server):
    settings_with(smtp_url=f"smtp://me%40x.test:p%2Fw@{mail_server.address}")

    mail.post(LETTER).result()

    assert mail_server.letter()
    assert mail_server.logins == [(b"me@x.test", b"p/w")]


def test_a_server_that_is_busy_is_asked_again(settings_with, mail_server):
    settings_with(smtp_url=f"smtp://{mail_server.address}")
    mail_server.refusals = 2

    mail.post(LETTER).result()

    assert mail_server.letter()["Subject"] == "Hello"


def test_a_server_that_is_away_is_logged_without_the_link(settings_with, mail_server, caplog):
    settings_with(smtp_url=f"smtp://{mail_server.address}")
    mail_server.stop()

    mail.post(LETTER).result()

    assert "gave up on mail to reader@earshot.test" in caplog.text
    assert LETTER.link not in caplog.text


def test_starttls_is_not_skipped_when_the_server_has_none(settings_with, mail_server, caplog):
    settings_with(smtp_url=f"smtp://me:secret@{mail_server.address}?starttls=1")

    mail.post(LETTER).result()

    assert "gave up" in caplog.text
    assert mail_server.logins == []


def test_without_a_server_the_link_is_logged(settings_with, caplog):
    settings_with(smtp_url=None)

    with caplog.at_level(logging.WARNING):
        mail.post(LETTER).result()

    assert LETTER.link in caplog.text


def test_posting_nothing_does_nothing(settings_with, caplog):
    mail.post(None).result()

    assert caplog.text == ""


def test_letters_name_the_site_as_people_reach_it(settings_with):
    settings_with(base_url="https://earshot.example/reader")

    reset = mail.reset_letter("reader@earshot.test", "s3cret")
    invitation = mail.invitation_letter("reader@earshot.test", "s3cret", Role.ADMIN)

    assert reset.link == "https://earshot.example/reader/reset/s3cret"
    assert invitation.link == "https://earshot.example/reader/register?invite=s3cret"
    assert reset.link in reset.body
    assert "within the next hour" in reset.body
    assert "an admin's" in invitation.body
    assert "s3cret" not in repr(reset)
