import re

import pytest
from sqlalchemy import select

import scope
from app import create_app
from commands.users import command
from extensions import db
from models import AuditEntry, Role, User
from services import accounts
from services.accounts import WrongCredentials
from tests.live import live_app, mail_server, with_settings

__all__ = ["live_app", "mail_server"]


@pytest.fixture
def users(live_app):
    def run(*words, **more):
        return live_app.test_cli_runner().invoke(command, words, **more)

    return run


def stored(app, email):
    with app.app_context():
        scope.enter(scope.OWNER)
        statement = select(User.email, User.role, User.session_epoch)
        return db.session.execute(statement.where(User.email == email)).one()


def sign_in(app, email, password):
    return app.test_client().post("/login", data={"email": email, "password": password})


def test_a_made_up_password_is_printed_and_works(live_app, users):
    reply = users("add", "me@earshot.test")

    password = re.search(r"Password: (\S+)", reply.output)[1]
    assert "me@earshot.test is an admin now." in reply.output
    assert sign_in(live_app, "me@earshot.test", password).status_code == 303


def test_later_people_are_readers_unless_said_otherwise(live_app, users):
    users("add", "first@earshot.test")
    users("add", "second@earshot.test")
    users("add", "third@earshot.test", "--admin")

    assert stored(live_app, "second@earshot.test").role == Role.READER
    assert stored(live_app, "third@earshot.test").role == Role.ADMIN


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("add", "no address"), "Enter an e-mail address"),
        (("add", "me@EARSHOT.test"), "can't be used here"),
        (("reset-password", "nobody@earshot.test"), "No account has the address"),
        (("sign-out", "nobody@earshot.test"), "No account has the address"),
        (("invite", "me@earshot.test"), "has an account already"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(users, words, answer):
    users("add", "me@earshot.test")

    reply = users(*words)

    assert reply.exit_code == 1
    assert answer in reply.output
    assert "Traceback" not in reply.output


def test_roles_and_suspensions_by_command_are_written_down(live_app, users):
    users("add", "first@earshot.test")
    users("add", "second@earshot.test")

    assert "is an admin now" in users("promote", "second@earshot.test").output
    assert stored(live_app, "second@earshot.test").role == Role.ADMIN
    assert "is a reader now" in users("demote", "first@earshot.test").output
    assert "is suspended" in users("suspend", "first@earshot.test", "--reason", "Left").output
    assert "Restore the account first" in users("reset-password", "first@earshot.test").output
    assert "may sign in again" in users("restore", "first@earshot.test").output

    with live_app.app_context():
        scope.enter(scope.OWNER)
        entries = db.session.execute(
            select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.subject_email).order_by(
                AuditEntry.created_at
            )
        ).all()
    assert [tuple(entry) for entry in entries] == [
        ("user.added", None, "first@earshot.test"),
        ("user.added", None, "second@earshot.test"),
        ("user.promoted", None, "second@earshot.test"),
        ("user.demoted", None, "first@earshot.test"),
        ("user.suspended", None, "first@earshot.test"),
        ("user.restored", None, "first@earshot.test"),
    ]


@pytest.mark.parametrize(
    "words", [("demote",), ("suspend", "--reason", "Left"), ("delete", "--yes")]
)
def test_no_command_takes_the_last_admin_away(live_app, users, words):
    users("add", "me@earshot.test")

    reply = users(*words, "me@earshot.test")

    assert reply.exit_code == 1
    assert "me@earshot.test is the last admin" in reply.output
    assert stored(live_app, "me@earshot.test").role == Role.ADMIN


def test_somebody_is_deleted_after_it_was_said_what_goes(live_app, users):
    users("add", "me@earshot.test")
    users("add", "you@earshot.test")

    assert "0 stories" in users("delete", "you@earshot.test", "--dry-run").output
    assert users("delete", "you@earshot.test", input="n\n").exit_code == 1
    assert stored(live_app, "you@earshot.test")
    assert "is deleted" in users("delete", "you@earshot.test", input="y\n").output

    assert "No account has the address" in users("sign-out", "you@earshot.test").output


def test_a_printed_link_sets_a_password(live_app, users):
    users("add", "me@earshot.test")
    link = users("reset-password", "me@earshot.test").output.strip()
    assert link.startswith("http://localhost/reset/")

    path = link.removeprefix("http://localhost")
    reply = live_app.test_client().post(path, data={"password": "another good password"})

    assert reply.status_code == 303
    assert sign_in(live_app, "me@earshot.test", "another good password").status_code == 303


def test_somebody_is_signed_out_everywhere(live_app, users):
    users("add", "me@earshot.test")

    assert users("sign-out", "me@earshot.test").exit_code == 0

    assert stored(live_app, "me@earshot.test").session_epoch == 2


def test_an_invitation_is_printed_and_mailed(live_app, users, mail_server, monkeypatch):
    users("add", "me@earshot.test")
    settings = with_settings(live_app, smtp_url=f"smtp://{mail_server.address}")
    monkeypatch.setitem(live_app.config, "SETTINGS", settings)

    link = users("invite", "new@earshot.test", "--admin").output.strip()

    assert link in mail_server.letter().get_content()
    page = live_app.test_client().get(link.removeprefix("http://localhost"))
    assert "You are invited as an admin" in page.text


def test_an_invitation_to_a_closed_site_says_so(live_app, users, monkeypatch):
    users("add", "me@earshot.test")
    settings = with_settings(live_app, registration="closed")
    monkeypatch.setitem(live_app.config, "SETTINGS", settings)

    assert "REGISTRATION is closed" in users("invite", "new@earshot.test").output


def test_a_password_may_be_typed_at_a_terminal(live_app, users, monkeypatch):
    monkeypatch.setattr("commands.users._at_a_terminal", lambda: True)
    typed = "typed by hand\n"

    reply = users("add", "me@earshot.test", input=typed * 2)

    assert "Password:" not in reply.output.replace("Password (leave", "")
    assert sign_in(live_app, "me@earshot.test", "typed by hand").status_code == 303
    with live_app.app_context():
        scope.enter(scope.ACCOUNTS)
        with pytest.raises(WrongCredentials):
            accounts.authenticate("me@earshot.test", "another one")


def test_a_database_that_is_away_is_one_line(make_settings):
    app = create_app(make_settings(database_url="postgresql://nobody@127.0.0.1:9/nothing"))

    reply = app.test_cli_runner().invoke(command, ["add", "me@earshot.test"])

    assert reply.exit_code == 1
    assert "Error: The database isn't answering." in reply.output
