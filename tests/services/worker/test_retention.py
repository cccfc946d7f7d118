"""Forgetting old usage and audit entries, while others go on reading and writing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

import scope
from extensions import db
from models import AuditEntry
from services.worker import chores, retention
from tests.factories import make_user
from tests.live import live_app, with_settings

__all__ = ["live_app"]

ROWS = 200_000
MOMENT = 1.5
"""Seconds that nobody may have to wait longer than."""


def months_back(count: int) -> date:
    today = datetime.now(UTC).date()
    year, month = divmod(today.year * 12 + today.month - 1 - count, 12)
    return date(year, month + 1, 1)


def parts() -> list[str]:
    return list(
        db.session.scalars(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = 'usage_metrics'::regclass ORDER BY 1"
            )
        )
    )


@pytest.fixture
def keeping(live_app: Flask) -> Callable[..., None]:
    """Return what changes how long things are kept."""

    def change(**values: int) -> None:
        live_app.config["SETTINGS"] = with_settings(live_app, **values)

    return change


@pytest.fixture
def inside(live_app: Flask) -> Iterator[str]:
    """Act within the app as the owner; yield the address of its database."""
    with live_app.app_context():
        scope.enter(scope.OWNER)
        address = live_app.config["SETTINGS"].database_url.get_secret_value()
        yield address.replace("+psycopg", "")


def load_a_year(months: int = 12, rows: int = ROWS) -> None:
    """Write rows of that many months and a few that are far older, with months made for them."""
    user = make_user()
    db.session.execute(select(func.make_usage_partitions(months_back(months), months + 4)))
    db.session.execute(
        text(
            "INSERT INTO usage_metrics (user_id, action, quantity, created_at)"
            " SELECT :user, 'played', 15, now() - random() * (now() - CAST(:first AS timestamptz))"
            " FROM generate_series(1, :rows)"
        ),
        {"user": user.id, "rows": rows, "first": months_back(months)},
    )
    db.session.execute(
        text(
            "INSERT INTO usage_metrics (user_id, action, created_at)"
            " SELECT :user, 'played', '2001-01-01' FROM generate_series(1, 2500)"
        ),
        {"user": user.id},
    )
    db.session.commit()


@contextmanager
def somebody_busy(address: str) -> Iterator[list[float]]:
    """Read and write usage as fast as one can within a block; yields how long each took."""
    waits: list[float] = []
    enough = threading.Event()

    def go_on() -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            user = connection.execute("SELECT id FROM users").fetchone()[0]
            while not enough.is_set():
                begun = time.monotonic()
                connection.execute(
                    "INSERT INTO usage_metrics (user_id, action) VALUES (%s, 'x')", [user]
                )
                connection.execute(
                    "SELECT count(*) FROM usage_metrics WHERE user_id = %s AND action = 'x'", [user]
                )
                waits.append(time.monotonic() - begun)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield waits
        while thread.is_alive() and len(waits) <= 5:  # slow machines prune faster than it starts
            time.sleep(0.01)
    finally:
        enough.set()
        thread.join()


def test_a_full_year_loads_and_prunes_while_others_read_and_write(keeping, inside):
    keeping(usage_retention_months=6)
    load_a_year()
    first = months_back(6)
    kept = text("SELECT count(*) FROM usage_metrics WHERE created_at >= :first AND action <> 'x'")
    before = db.session.scalar(kept, {"first": first})
    db.session.rollback()

    with somebody_busy(inside) as waits:
        dropped = retention.drop_months(tries=50)
        deleted = retention.delete_old_usage()
        made = retention.make_months(6, tries=50)

    assert dropped == [f"usage_metrics_{months_back(n):%Y_%m}" for n in range(12, 6, -1)]
    assert deleted == 2500
    assert made == 2
    assert len(waits) > 5
    assert max(waits) < MOMENT
    assert db.session.scalar(kept, {"first": first}) == before > ROWS / 3
    assert db.session.scalar(text("SELECT min(created_at) FROM usage_metrics")) >= datetime(
        first.year, first.month, 1, tzinfo=UTC
    )


def test_somebody_who_reads_for_long_is_not_waited_for_and_holds_nobody_up(keeping, inside):
    keeping(usage_retention_months=1)
    load_a_year(months=3, rows=100)
    with psycopg.connect(inside) as reading:
        reading.execute("SELECT count(*) FROM usage_metrics")
        with somebody_busy(inside) as waits:
            begun = time.monotonic()
            with pytest.raises(retention.InUse):
                retention.drop_months()
            assert time.monotonic() - begun < 2
            time.sleep(0.2)
        assert max(waits) < MOMENT
        assert len(parts()) > 5
        reading.rollback()
    assert len(retention.drop_months()) == 2


def test_dropping_a_month_locks_nothing_but_usage(inside):
    load_a_year(months=2, rows=10)
    db.session.execute(select(func.drop_usage_month(months_back(1))))
    locked = db.session.scalars(
        text(
            "SELECT DISTINCT c.relname FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation"
            " WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p')"
            "   AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock')"
        )
    ).all()
    db.session.rollback()
    assert {name for name in locked if not name.startswith("usage_metrics")} == set()


def test_nothing_is_forgotten_when_all_is_to_be_kept(keeping, inside):
    keeping(usage_retention_months=0, audit_retention_days=0)
    load_a_year(months=3, rows=10)
    db.session.add(AuditEntry(action="x.y", created_at=datetime(2001, 1, 1, tzinfo=UTC)))
    db.session.commit()
    before = parts()

    chores.forget_old()

    assert parts() == before
    assert db.session.scalar(text("SELECT count(*) FROM usage_metrics")) == 2510
    assert db.session.scalar(text("SELECT count(*) FROM audit_log")) == 1


def test_old_audit_entries_are_forgotten_in_batches_and_the_others_stay(keeping, inside):
    keeping(audit_retention_days=30)
    now = datetime.now(UTC)
    for days, count in ((31, retention.ROWS_AT_ONCE + 5), (29, 3)):
        db.session.execute(
            text(
                "INSERT INTO audit_log (action, created_at)"
                " SELECT 'x.y', CAST(:at AS timestamptz) FROM generate_series(1, :n)"
            ),
            {"at": now - timedelta(days=days), "n": count},
        )
    db.session.commit()

    assert retention.forget_audit() == retention.ROWS_AT_ONCE + 5
    assert db.session.scalar(text("SELECT count(*) FROM audit_log")) == 3


@pytest.mark.parametrize(
    ("months", "today", "first"),
    [
        (1, date(2026, 11, 25), date(2026, 10, 1)),
        (12, date(2026, 1, 31), date(2025, 1, 1)),
        (25, date(2026, 12, 1), date(2024, 11, 1)),
    ],
)
def test_the_months_that_are_kept_are_full_ones(keeping, inside, months, today, first):
    keeping(usage_retention_months=months)
    assert retention.first_month_kept(today) == first


def test_the_command_shows_the_months_and_drops_what_is_too_old(keeping, inside, live_app: Flask):
    keeping(usage_retention_months=1)
    load_a_year(months=3, rows=10)

    told = live_app.test_cli_runner().invoke(args=["database", "partitions"])

    assert told.exit_code == 0, told.output
    assert f"usage_metrics_{months_back(1):%Y_%m}" in told.output
    assert f"usage_metrics_{months_back(2):%Y_%m}" not in told.output
    assert f"Usage is kept from {months_back(1):%B %Y} on; dropped 2 months" in told.output
    assert "2,500 rows" in told.output
