"""Fixtures that are more than a rolled-back transaction: a database that commits, a mail server."""

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from itertools import count
from queue import Queue

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask
from pydantic import SecretStr

from app import create_app
from config import Settings
from extensions import db
from runtime.address import free_port

_numbers = count(1)


@pytest.fixture
def live_app(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Flask]:
    """Make an app on a database of its own, where threads commit and see each other."""
    app = create_app(make_settings(database_url=new_database(f"live{next(_numbers)}")))
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


class MailServer:
    """A real SMTP server on loopback that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: Queue[Message] = Queue()
        self.recipients: list[str] = []
        self.refusals = 0
        """How many messages to turn away before one is taken."""
        self.logins: list[tuple[bytes, bytes]] = []
        port = free_port()
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=port,
            authenticator=self.login,
            auth_require_tls=False,
        )
        self.address = f"127.0.0.1:{port}"
        self.controller.start()
        self.running = True

    def stop(self) -> None:
        """Stop answering; a second time does nothing."""
        if self.running:
            self.running = False
            self.controller.stop()

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: object
    ):
        """Let anybody in who gives a name and a password."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the message, or turn it away for now."""
        if self.refusals:
            self.refusals -= 1
            return "451 Come back later"
        self.recipients += envelope.rcpt_tos
        self.letters.put(message_from_bytes(envelope.content, policy=default))
        return "250 Kept"

    def letter(self) -> Message:
        """Return the next message; one that does not come within ten seconds fails the test."""
        return self.letters.get(timeout=10)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Start a mail server for one test."""
    server = MailServer()
    yield server
    server.stop()


def with_settings(app: Flask, **changes: object) -> Settings:
    """Return the app's settings with some of them changed, to be put into its config."""
    if isinstance(changes.get("smtp_url"), str):
        changes["smtp_url"] = SecretStr(str(changes["smtp_url"]))
    current: Settings = app.config["SETTINGS"]
    changed = current.model_copy(update=changes)
    for derived in ("public_url", "folder", "sqlalchemy_url", "limits_of_plans"):
        changed.__dict__.pop(derived, None)
    return changed
