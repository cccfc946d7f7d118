"""A throw-away house to measure in: its own PostgreSQL, filled by generated rows."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import flask_migrate
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import Connection, text

from app import create_app
from config import Settings
from extensions import db
from runtime import Cluster
from services import passwords

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class House:
    """An app on a database of its own."""

    app: Flask
    folder: Path
    process: int
    """The id of its PostgreSQL."""

    def connection(self) -> Connection:
        """Return a connection as the owner of the tables."""
        with self.app.app_context():
            return db.engine.connect()

    def settle(self) -> None:
        """Let the database look over what was written, as it would in the course of a day."""
        with self.connection().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.execute(text("VACUUM ANALYZE"))

    def browser(self, email: str) -> FlaskClient:
        """Return a browser that somebody signed in with."""
        client = self.app.test_client()
        reply = client.post("/login", data={"email": email, "password": PASSWORD})
        assert reply.status_code == 303, reply.text
        return client


@contextmanager
def house() -> Iterator[House]:
    """Open a house in a temporary folder, and take it down afterwards."""
    with tempfile.TemporaryDirectory() as name:
        cluster = Cluster.at(Path(name) / "postgres", durable=False)
        url = cluster.start()
        try:
            app = create_app(
                Settings(
                    data_dir=Path(name),
                    database_url=SecretStr(url),
                    testing=True,
                    log_level="error",
                )
            )
            app.config["WTF_CSRF_ENABLED"] = False
            with app.app_context():
                flask_migrate.upgrade()
            process = int((cluster.data / "postmaster.pid").read_text().split()[0])
            yield House(app, Path(name), process)
            with app.app_context():
                db.engine.dispose()
        finally:
            cluster.stop()


READERS = {"heavy@bench.test": 100_000, "usual@bench.test": 1_000, "new@bench.test": 40}


def fill(connection: Connection, stories: int = 1_000_000, others: int = 1_000) -> None:
    """Write `stories` stories: READERS' own, the rest spread over `others` readers.

    Every story has one or two assets; times go back two years. Takes a few minutes for a
    million, because every row passes the triggers and indexes of the real tables.
    """
    hashed = passwords.hash_password(PASSWORD)
    for email in READERS:
        connection.execute(
            text("INSERT INTO users (email, password_hash) VALUES (:email, :hash)"),
            {"email": email, "hash": hashed},
        )
    connection.execute(
        text("INSERT INTO users (email) SELECT 'u' || n || '@x' FROM generate_series(1, :n) AS n"),
        {"n": others},
    )
    for email, count in READERS.items():
        _stories(connection, "SELECT id FROM users WHERE email = :email", count, email=email)
    rest = max(0, stories - sum(READERS.values()))
    _stories(connection, "SELECT id FROM users WHERE email LIKE 'u%@x'", rest // others)
    connection.commit()
    with connection.execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("VACUUM ANALYZE"))


def _stories(connection: Connection, owners: str, each: int, **values: object) -> None:
    connection.execute(
        text(
            "INSERT INTO news_history (user_id, headline, content, created_at)"
            " SELECT o.id, 'Story ' || n || ' of the ' || (ARRAY['harbour', 'old town',"
            " 'observatory', 'upper valley'])[1 + n % 4], repeat('The queue reached the fish"
            " market before seven, and nobody had expected a crowd. ', 6)"
            " || md5(n::text || o.id::text),"
            " now() - random() * interval '730 days'"
            f" FROM ({owners}) AS o, generate_series(1, :each) AS n"
        ),
        {"each": each, **values},
    )
    connection.execute(
        text(
            "INSERT INTO media_assets (user_id, news_id, type, url, created_at)"
            " SELECT n.user_id, n.id, t.type, 'http://x/' || n.id, n.created_at"
            " FROM news_history AS n JOIN users AS o ON o.id = n.user_id,"
            " (VALUES ('image'), ('audio')) AS t (type)"
            f" WHERE o.id IN ({owners}) AND (t.type = 'image' OR hashtext(n.id::text) % 2 = 0)"
            " AND NOT EXISTS (SELECT FROM media_assets AS m WHERE m.news_id = n.id)"
        ),
        values,
    )


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def in_turn(works: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Call the works in turn, so that a noisy machine is noisy to all; return their medians."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 3):
        for name, work in works.items():
            taken = milliseconds(work)
            if number >= 3:
                times[name].append(taken)
    return {name: median(taken) for name, taken in times.items()}
