"""What every test stands on: a real PostgreSQL built by the migrations, and the app."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask_migrate
import psycopg
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from psycopg import sql
from werkzeug.test import TestResponse

import scope
from app import create_app
from config import Settings
from extensions import db
from models import User
from runtime import Cluster
from tests.factories import PASSWORD, make_user

KEPT = {"POSTGRES_BIN"}
"""The only settings that the tests take from the environment."""

for name in Settings.model_fields:
    if name.upper() not in KEPT:
        os.environ.pop(name.upper(), None)


class Visitor(FlaskClient):
    """A browser whose requests each have an app context, and so a session, of their own.

    Within the context of a test Flask would hand that one to every request.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request as if from outside, then act as the test did before."""
        with self.application.app_context():
            reply = super().open(*args, **kwargs)
        if has_app_context():
            before = scope.current()
            scope.enter(before.role, before.user_id)
        return reply


MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start one throw-away PostgreSQL for the whole run."""
    named = os.environ.get("POSTGRES_BIN")
    server = Cluster.at(
        tmp_path_factory.mktemp("postgres"), Path(named) if named else None, durable=False
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def make_settings(tmp_path_factory: pytest.TempPathFactory) -> MakeSettings:
    """Return a maker of settings that keep everything in a folder of its own."""

    def make(**changes: object) -> Settings:
        values: dict[str, object] = {
            "data_dir": tmp_path_factory.mktemp("data"),
            "secret_key": "only for tests",
            "base_url": "http://localhost",
            "testing": True,
        }
        return Settings(**(values | changes))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def template_database(cluster: Cluster, make_settings: MakeSettings) -> str:
    """Build a database by the migrations, as in production, to be copied by the tests."""
    _statement(cluster, "CREATE DATABASE {}", "template_of_tests")
    url = _address(cluster, "template_of_tests")
    app = create_app(make_settings(database_url=url))
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    return "template_of_tests"


@pytest.fixture(scope="session")
def new_database(cluster: Cluster, template_database: str) -> Callable[[str], str]:
    """Return a maker of fresh databases; it takes a name and returns the address."""

    def make(name: str) -> str:
        _statement(cluster, "CREATE DATABASE {} TEMPLATE {}", name, template_database)
        return _address(cluster, name)

    return make


@pytest.fixture(scope="session")
def app(new_database: Callable[[str], str], make_settings: MakeSettings) -> Flask:
    """Make the app that the tests of pages and queries share."""
    app = create_app(make_settings(database_url=new_database("shared")))
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Visitor
    return app


@pytest.fixture
def transaction(app: Flask) -> Iterator[None]:
    """Run the test inside a transaction that is rolled back at the end.

    Commits in the code under test become savepoints, so they behave and yet leave nothing
    behind. The test itself acts as the owner of the tables; requests act as they always do.
    """
    with app.app_context():
        engine = db.engines[None]
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment]
            db.session.configure(join_transaction_mode="create_savepoint")
            scope.enter(scope.OWNER)
            yield
            db.session.remove()
            outer.rollback()
        db.engines[None] = engine


@pytest.fixture
def client(app: Flask, transaction: None) -> FlaskClient:
    """Return a browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def reader(transaction: None) -> User:
    """Return a reader who has an account."""
    return make_user()


@pytest.fixture
def me(app: Flask, reader: User) -> FlaskClient:
    """Return a browser that the reader signed in with."""
    return signed_in(app, reader)


def signed_in(app: Flask, user: User) -> FlaskClient:
    """Sign `user` in as anybody does, and return their browser."""
    client = app.test_client()
    reply = client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert reply.status_code == 303, reply.text
    return client


@contextmanager
def queries_counted() -> Iterator[list[str]]:
    """Collect the statements that a block sends to the database."""
    from sqlalchemy import Engine, event

    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _address(cluster: Cluster, name: str) -> str:
    return cluster.url.rsplit("/", 1)[0] + f"/{name}"


def _statement(cluster: Cluster, statement: str, *names: str) -> None:
    plain = cluster.url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
