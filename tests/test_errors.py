"""What a user sees when something fails, and what the log says of it."""

import logging
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

import scope
from errors import NotFound
from extensions import db
from tests.conftest import queries_counted
from tests.factories import PASSWORD, make_user
from tests.live import live_app, with_settings

__all__ = ["live_app"]

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"


@pytest.fixture
def someone(live_app: Flask) -> FlaskClient:
    """Return a signed-in browser of an app whose database can be taken away."""
    live_app.config["PROPAGATE_EXCEPTIONS"] = False
    live_app.add_url_rule("/late/<way>", view_func=lose_connection)
    with live_app.app_context():
        scope.enter(scope.OWNER)
        email = make_user().email
    client = live_app.test_client()
    client.post("/login", data={"email": email, "password": PASSWORD})
    return client


def lose_connection(way: str) -> str:
    """Let the database end the connection of this request, and go on without asking it again."""
    process = db.session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": process})
    if way == "planned":
        raise NotFound("It is gone.")
    if way == "unplanned":
        raise ZeroDivisionError
    return "done"


@pytest.mark.parametrize(("way", "status"), [("well", 200), ("planned", 404), ("unplanned", 500)])
def test_an_answer_is_sent_even_if_the_database_dies_behind_it(someone, way, status):
    reply = someone.get(f"/late/{way}")
    assert reply.status_code == status
    assert ("done" if way == "well" else "<h1>") in reply.text
    assert someone.get("/").status_code == 200


def test_an_error_page_asks_the_database_nothing(me: FlaskClient):
    with queries_counted() as statements:
        assert me.get("/nowhere").status_code == 404
    assert not [one for one in statements if "FROM" in one]


def test_a_database_that_is_away_is_told_as_such_everywhere(someone, live_app: Flask):
    with live_app.app_context():
        engine, db.engines[None] = db.engine, create_engine(NOWHERE)
    try:
        for address in ("/", "/readyz", "/news/", "/login"):
            reply = someone.get(address)
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")
        assert someone.get("/nowhere").status_code == 404
        assert someone.get("/healthz").status_code == 200
    finally:
        with live_app.app_context():
            db.engines[None] = engine
    assert someone.get("/").status_code == 200


def test_the_log_holds_neither_addresses_nor_what_was_written(
    app: Flask, me: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def fail(**_: object) -> None:
        db.session.execute(text("SELECT CAST(:secret AS integer)"), {"secret": "a-secret"})

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "accounts.reset", fail)
    with caplog.at_level(logging.ERROR):
        assert me.get("/reset/the-token%0Aforged").status_code == 500
    assert "unplanned error on GET /reset/<token>" in caplog.text
    assert "the-token" not in caplog.text
    assert "[parameters: " not in caplog.text


def sleeper(seconds: float):
    """Make a page that keeps the database busy."""

    def sleep(**_: object) -> str:
        db.session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})
        return str(db.session.scalar(text("SHOW statement_timeout")))

    return sleep


def test_a_page_that_takes_the_database_too_long_says_so(someone, live_app: Flask, caplog):
    live_app.config["SETTINGS"] = with_settings(live_app, database_statement_timeout=0.2)
    live_app.view_functions["news.index"] = sleeper(20)

    began = time.monotonic()
    page = someone.get("/news/?q=a-secret")
    assert time.monotonic() - began < 10
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
    assert "<h1>That took too long</h1>" in page.text
    assert "took too long for GET /news/" in caplog.text
    assert "a-secret" not in caplog.text
    notice = someone.get("/news/", headers={"HX-Request": "true"})
    assert (notice.status_code, notice.headers["HX-Retarget"]) == (503, "#notice")
    assert "worked on this for too long" in notice.text
    assert someone.get("/").status_code == 200


def test_the_limit_is_of_web_requests_and_of_their_transactions_only(someone, live_app: Flask):
    live_app.view_functions["news.index"] = sleeper(0)
    assert someone.get("/news/").text == "30s"

    live_app.config["SETTINGS"] = with_settings(live_app, database_statement_timeout=0)
    assert someone.get("/news/").text == "0"
    with live_app.app_context():
        for role in (scope.OWNER, scope.WORKER):
            scope.enter(role)
            assert db.session.scalar(text("SHOW statement_timeout")) == "0"
            db.session.rollback()


def test_a_limit_that_the_database_has_stays_outside_of_requests(live_app: Flask):
    with live_app.app_context():
        scope.enter(scope.WORKER)
        with db.engine.connect() as connection:
            connection.execute(text("SET statement_timeout = '7s'"))
            connection.commit()
            scope._tell(connection, scope.Scope(scope.WORKER))
            assert connection.scalar(text("SHOW statement_timeout")) == "7s"


def test_what_changes_very_much_at_once_takes_the_time_it_needs(app: Flask):
    with app.test_request_context():
        limit = db.session.scalar(text("SHOW statement_timeout"))
        scope.take_time()
        assert limit == "30s"
        assert db.session.scalar(text("SHOW statement_timeout")) == "0"
        db.session.rollback()
        assert db.session.scalar(text("SHOW statement_timeout")) == "0", "until it is answered"
        db.session.remove()
        assert db.session.scalar(text("SHOW statement_timeout")) == "30s"
        db.session.remove()
