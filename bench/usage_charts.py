"""A year of everybody's metrics: how long a chart takes, and the same from the metrics."""

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, text

import scope
from bench.house import house, in_turn
from extensions import db
from queries import growth, usage
from queries.lines import Measure, Split
from queries.periods import Span, Step, today

PEOPLE = 10_000
FROM_METRICS = text(
    "SELECT date_trunc('day', created_at), count(DISTINCT user_id) FROM usage_metrics"
    " WHERE action = 'played' GROUP BY 1"
)
WANTED = 20


def main(rows: int) -> None:
    """Write a year of metrics, and read every chart by day and by month."""
    with house() as home:
        connection = home.connection()
        _fill(connection, rows)
        home.settle()
        for name in ("usage_metrics", "usage_daily"):
            count = connection.scalar(text(f"SELECT count(*) FROM {name}"))
            print(f"{count:>10,}  {name}")
        with home.app.app_context():
            admin = connection.scalar(text("SELECT id FROM users WHERE role = 'admin'"))
            scope.enter(scope.ADMIN, admin)
            medians: dict[str, float] = {}
            for step in (Step.DAY, Step.MONTH):
                year = Span.whole(today() - timedelta(days=364), today(), step)
                works: dict[str, Callable[[], object]] = {
                    "people": partial(growth.people, year),
                    "people per plan": partial(growth.people, year, Split.PLAN),
                    "listeners": partial(usage.used, year, "played", Measure.PEOPLE),
                    "listeners per plan": partial(
                        usage.used, year, "played", Measure.PEOPLE, Split.PLAN
                    ),
                    "different listeners": partial(usage.people_who, year, "played"),
                    "stories": partial(usage.used, year, "story_created"),
                    "characters per voice": partial(
                        usage.used, year, "narrated", Measure.QUANTITY, Split.VOICE
                    ),
                    "storage": partial(growth.stored, year),
                    "storage per plan": partial(growth.stored, year, Split.PLAN),
                }
                named = {f"{name} by {step}": work for name, work in works.items()}
                medians |= in_turn(named, 3)
            db.session.remove()
        for name, taken in medians.items():
            print(f"{name:30} {taken:9.1f} ms")
        asked = in_turn({"sql": partial(connection.execute, FROM_METRICS)}, 1)["sql"]
        ratio = asked / medians["listeners by day"]
        print(f"{'listeners, from the metrics':30} {asked:9.1f} ms   {ratio:.0f} : 1")
        connection.close()
        assert ratio >= WANTED


def _fill(connection: Connection, rows: int) -> None:
    """Write people with two subscriptions, and `rows` metrics over a year."""
    connection.execute(
        text(
            "INSERT INTO users (email, role, created_at)"
            " SELECT 'u' || n || '@x', CASE n WHEN 1 THEN 'admin' ELSE 'reader' END,"
            " now() - random() * interval '700 days' FROM generate_series(1, :n) AS n"
        ),
        {"n": PEOPLE},
    )
    connection.execute(
        text(
            "INSERT INTO subscriptions (user_id, plan, status, start_date, end_date)"
            " SELECT id, 'free', 'cancelled', created_at, created_at + interval '60 days'"
            " FROM users UNION ALL"
            " SELECT id, (ARRAY['free', 'pro', 'enterprise'])[1 + abs(hashtext(email)) % 3],"
            " 'active', created_at + interval '30 days',"
            " CASE WHEN hashtext(email) % 2 = 0 THEN created_at + interval '400 days' END"
            " FROM users"
        )
    )
    connection.execute(
        text("SELECT make_usage_partitions((now() - interval '13 months')::date, 14)")
    )
    connection.execute(text("ALTER TABLE usage_metrics DISABLE TRIGGER note_usage"))
    connection.execute(
        text(
            "INSERT INTO usage_metrics (user_id, action, quantity, metadata, created_at)"
            " SELECT u.id, a.action, a.quantity, a.metadata::jsonb,"
            "        now() - random() * interval '364 days'"
            " FROM users AS u, generate_series(1, :each),"
            " (VALUES ('played', 60, '{}'), ('played', 60, '{}'), ('played', 60, '{}'),"
            "         ('narrated', 900, '{\"voice\": \"espeak:en-gb\"}'),"
            "         ('narrated', 400, '{\"voice\": \"espeak:de\"}'),"
            "         ('story_created', 1, '{}')) AS a (action, quantity, metadata)"
        ),
        {"each": rows // (PEOPLE * 6)},
    )
    connection.execute(text("ALTER TABLE usage_metrics ENABLE TRIGGER note_usage"))
    connection.execute(
        text(
            "INSERT INTO usage_daily (day, user_id, action, events, quantity, folded)"
            " SELECT now()::date - n, id, 'stored', 1, 2000000, true"
            " FROM users, generate_series(1, 360, 8) AS n"
        )
    )
    connection.execute(text("SELECT rebuild_usage_daily()"))
    connection.commit()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
