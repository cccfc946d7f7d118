"""Tokens for tests, and programs that send them."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from extensions import db
from models import TokenScope, User
from services import api_tokens
from services.audit import Person

ALL = [scope.value for scope in TokenScope]


def make_token(owner: User, scopes: Iterable[str] = ALL, **more: Any) -> str:
    """Make a token as its owner would, and return its secret."""
    person = Person(owner.id, owner.email)
    secret = api_tokens.create(owner.id, "A program", list(scopes), by=person, **more)
    db.session.commit()
    return secret


class Program:
    """Something that asks the API with a token and no cookie."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.browser: FlaskClient = app.test_client(use_cookies=False)
        self.secret = secret

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request; the path is that behind /api/v1."""
        headers = {"Authorization": f"Bearer {self.secret}"} | more.pop("headers", {})
        return self.browser.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for something."""
        return self.ask("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        """Send something."""
        return self.ask("POST", path, json=json, **more)


def program(app: Flask, owner: User, scopes: Iterable[str] = ALL) -> Program:
    """Return a program that acts for somebody."""
    return Program(app, make_token(owner, scopes))
