"""What was used by day and person, noted by the database whoever writes."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import scope
from extensions import db
from models import Plan, Role, Subscription, SubscriptionStatus, UsageDay
from services import usage
from tests.factories import make_asset, make_story, make_track, make_user

NOTED = text(
    "SELECT day, user_id, action, plan, voice, sum(events)::bigint, sum(quantity)"
    " FROM usage_daily WHERE action <> 'stored' GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
COUNTED = text(
    "SELECT (created_at AT TIME ZONE 'UTC')::date, user_id, action,"
    " plan_in_force(user_id, created_at), coalesce(metadata ->> 'voice', ''),"
    " count(*), sum(quantity) FROM usage_metrics GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
STORED = text(
    "SELECT t.user_id, t.bytes, coalesce(sum(d.quantity), 0)::bigint FROM user_totals AS t"
    " LEFT JOIN usage_daily AS d ON d.user_id = t.user_id AND d.action = 'stored'"
    " GROUP BY t.user_id, t.bytes"
)
SUMMED = text(
    "SELECT step, split, action, date_trunc(step, day::timestamp)::date AS period,"
    "  CASE split WHEN 'plan' THEN plan WHEN 'voice' THEN voice ELSE '' END AS key,"
    "  sum(events)::bigint, sum(quantity), count(DISTINCT user_id)"
    " FROM usage_daily, (VALUES ('day'), ('week'), ('month')) AS a (step),"
    "  (VALUES (''), ('plan'), ('voice')) AS b (split)"
    " WHERE folded GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
SUMMARY = text("SELECT * FROM usage_summary ORDER BY step, split, action, period, key")
FOLD = text("SELECT fold_usage_daily()")
CHANGES = [
    "INSERT INTO usage_metrics (user_id, action, quantity) SELECT id, 'played', 12.5 FROM users",
    "INSERT INTO usage_metrics (user_id, action, quantity, metadata)"
    " SELECT id, 'narrated', 100, '{\"voice\": \"espeak:de\"}' FROM users"
    " CROSS JOIN generate_series(1, 3)",
    "INSERT INTO usage_metrics (user_id, action, created_at)"
    " SELECT id, 'signed_in', '2025-12-31 23:59:59Z' FROM users",
    "SELECT make_usage_partitions('2025-12-01', 1)",
    "SELECT fold_usage_daily()",
    "SELECT fold_usage_daily(1)",
    "SELECT rebuild_usage_daily()",
    "SELECT rebuild_usage_daily('2026-01-01')",
    "INSERT INTO media_assets (user_id, type, url, byte_size)"
    " SELECT id, 'image', 'http://x', 10 FROM users",
    "UPDATE media_assets SET byte_size = byte_size * 2",
    "DELETE FROM media_assets",
    "TRUNCATE media_assets",
    "INSERT INTO news_history (user_id, headline, content) SELECT id, 'h', 'c' FROM users",
    "UPDATE news_history SET user_id = (SELECT min(id::text)::uuid FROM users)",
    "UPDATE user_totals SET bytes = 7",
    "DELETE FROM user_totals",
    "SELECT rebuild_totals()",
    "DELETE FROM users WHERE id = (SELECT max(id::text)::uuid FROM users)",
    "INSERT INTO users (email) SELECT gen_random_uuid()::text",
]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.sampled_from(CHANGES), max_size=12))
@pytest.mark.usefixtures("transaction")
def test_days_say_what_metrics_and_totals_say_after_any_statements(changes):
    scope.enter(scope.OWNER)
    make_user()
    make_user()
    for statement in changes:
        db.session.execute(text(statement))
        assert db.session.execute(NOTED).all() == db.session.execute(COUNTED).all()
        assert db.session.execute(SUMMARY).all() == db.session.execute(SUMMED).all()
        assert all(row[1] == row[2] for row in db.session.execute(STORED))
    db.session.execute(text("SELECT rebuild_usage_daily()"))
    assert db.session.execute(NOTED).all() == db.session.execute(COUNTED).all()


@pytest.mark.usefixtures("transaction")
def test_folding_leaves_one_row_a_day_person_and_thing():
    user = make_user()
    for _ in range(5):
        usage.record(user.id, "played", 10)
    make_asset(user, byte_size=100)
    make_track(user, byte_size=20)
    make_story(user)
    db.session.execute(FOLD)
    rows = {
        (row.action, row.events, row.quantity, row.folded)
        for row in db.session.query(
            UsageDay.action, UsageDay.events, UsageDay.quantity, UsageDay.folded
        )
    }
    assert rows == {("played", 5, 50, True), ("stored", 2, 120, True)}
    usage.record(user.id, "played", 1)
    db.session.execute(FOLD)
    assert db.session.scalar(text("SELECT count(*) FROM usage_daily")) == 2
    assert db.session.execute(FOLD).scalar() == 0


@pytest.mark.usefixtures("transaction")
def test_dropping_a_month_of_metrics_leaves_its_days():
    user = make_user()
    db.session.execute(
        text(
            "INSERT INTO usage_metrics (user_id, action, created_at)"
            " VALUES (:id, 'played', '2024-05-05Z')"
        ),
        {"id": user.id},
    )
    db.session.execute(text("SELECT make_usage_partitions('2024-05-01', 1)"))
    db.session.execute(text("DROP TABLE usage_metrics_2024_05"))
    assert db.session.scalar(text("SELECT count(*) FROM usage_daily")) == 1


NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
THEN = text("SELECT subscription_state_then(:status, :start, :end, :changed, :at)")


@pytest.mark.parametrize(
    ("status", "end", "changed", "at", "state"),
    [
        # Written down as expired long after its end: it ran until then.
        ("expired", -10, -1, -11, "active"),
        ("expired", -10, -1, -10, "expired"),
        ("expired", -10, -1, 0, "expired"),
        # Ended by hand before its end.
        ("expired", 10, -5, -6, "active"),
        ("expired", 10, -5, -5, "expired"),
        ("expired", None, -5, -6, "active"),
        ("expired", None, -5, 0, "expired"),
        ("cancelled", None, -5, -6, "active"),
        ("cancelled", None, -5, 0, "ended"),
        ("cancelled", 5, -5, 0, "cancelled"),
        ("cancelled", 5, -5, 5, "ended"),
        ("active", 5, -5, 0, "active"),
        ("active", 5, -5, 5, "expired"),
        ("active", None, -5, -200, "scheduled"),
    ],
)
@pytest.mark.usefixtures("transaction")
def test_the_state_of_a_past_moment_does_not_depend_on_what_was_written_since(
    status, end, changed, at, state
):
    def day(offset: int | None) -> datetime | None:
        return None if offset is None else NOW + timedelta(days=offset)

    values = {"status": status, "start": day(-100), "end": day(end), "changed": day(changed)}
    assert db.session.scalar(THEN, values | {"at": day(at)}) == state


@pytest.mark.usefixtures("transaction")
def test_of_several_plans_in_force_the_one_that_goes_on_counts():
    user = make_user()
    at = text("SELECT plan_in_force(:id, :at)")
    now = datetime.now(UTC)

    def plan(moment: datetime = now) -> str:
        return db.session.scalar(at, {"id": user.id, "at": moment})

    assert plan() == "free"
    free = db.session.query(Subscription).one()
    free.status, free.end_date = SubscriptionStatus.CANCELLED, now + timedelta(days=3)
    db.session.add(
        Subscription(
            user_id=user.id,
            plan=Plan.PRO,
            status=SubscriptionStatus.ACTIVE,
            start_date=now - timedelta(days=1),
            end_date=now + timedelta(days=2),
        )
    )
    db.session.commit()
    assert plan(now - timedelta(days=2)) == "free"
    assert plan() == "pro"
    assert plan(now + timedelta(days=2)) == "free"
    assert plan(now + timedelta(days=3)) == "none"


@pytest.mark.usefixtures("transaction")
def test_readers_see_their_own_days_and_nobody_writes_any():
    one, other, admin = make_user(), make_user(), make_user(role=Role.ADMIN)
    usage.record(one.id, "played", 10)
    usage.record(other.id, "played", 20)
    db.session.commit()
    total = text("SELECT sum(quantity) FROM usage_daily WHERE action = 'played'")
    with scope.acting(scope.READER, one.id):
        assert db.session.scalar(total) == 10
    with scope.acting(scope.ADMIN, one.id):
        assert db.session.scalar(total) is None
    with scope.acting(scope.ADMIN, admin.id):
        assert db.session.scalar(total) == 30
    for role in (scope.READER, scope.ADMIN, scope.WORKER):
        for statement in ("UPDATE usage_daily SET quantity = 0", "SELECT rebuild_usage_daily()"):
            with (
                scope.acting(role, admin.id),
                pytest.raises(Exception, match="permission denied"),
                db.session.begin_nested(),
            ):
                db.session.execute(text(statement))


def test_many_at_once_lose_nothing_and_wait_for_nobody(new_database):
    """Metrics, uploads, folds and deleted accounts at the same time."""
    address = new_database("many_users").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO users (email) SELECT n::text FROM generate_series(1, 12) n")
    failures = []

    def work(number: int) -> None:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                for turn in range(12):
                    with connection.transaction():
                        order = "ASC" if (number + turn) % 2 else "DESC"
                        people = (
                            f"(SELECT id FROM users WHERE email::int < 10 ORDER BY email {order})"
                        )
                        connection.execute(
                            "INSERT INTO usage_metrics (user_id, action, quantity)"
                            f" SELECT id, 'played', 2 FROM {people} AS u"
                        )
                        connection.execute(
                            "INSERT INTO media_assets (user_id, type, url, byte_size)"
                            f" SELECT id, 'image', 'x', 5 FROM {people} AS u"
                        )
                    if number == 0:
                        connection.execute("SELECT fold_usage_daily()")
                    if number == 1 and turn in {3, 6, 9}:
                        gone = 10 + turn // 3 - 1
                        connection.execute("DELETE FROM users WHERE email = %s", [str(gone)])
        except psycopg.Error as error:
            failures.append(error)

    workers = [threading.Thread(target=work, args=(n,)) for n in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    with psycopg.connect(address) as connection:
        assert (
            connection.execute(NOTED.text).fetchall() == connection.execute(COUNTED.text).fetchall()
        )
        summary = connection.execute(SUMMARY.text).fetchall()
        assert summary == connection.execute(SUMMED.text).fetchall()
        connection.execute(FOLD.text)
        summary = connection.execute(SUMMARY.text).fetchall()
        assert summary == connection.execute(SUMMED.text).fetchall() != []
        stored = connection.execute(STORED.text).fetchall()
        assert len(stored) == 9
        assert all(row[1] == row[2] == 5 * 12 * 5 for row in stored)
