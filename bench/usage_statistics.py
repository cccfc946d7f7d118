"""The document's statistics of everybody: its literal SQL beside the page's query."""

import sys
from functools import partial

from sqlalchemy import Connection, text

import scope
from bench.house import House, fill, house, in_turn
from extensions import db
from queries import statistics
from queries.statistics import SORTING, Filters

PATTERN_2 = """
    SELECT u.email, COUNT(DISTINCT n.id) as total_news, COUNT(DISTINCT m.id) as total_media,
           s.plan as subscription_plan
    FROM users u
    LEFT JOIN news_history n ON u.id = n.user_id
    LEFT JOIN media_assets m ON n.id = m.news_id
    LEFT JOIN subscriptions s ON u.id = s.user_id
    WHERE s.status = 'active'
    GROUP BY u.id, u.email, s.plan
"""
ADMIN = "usual@bench.test"
ROUNDS = 5
WANTED = 100


def main(stories: int) -> None:
    """Measure all rows and one page, in turn with the literal SQL, in one run."""
    with house() as home:
        connection = home.connection()
        fill(connection, stories, others=9_997)
        connection = home.connection()
        _subscribe(connection)
        home.settle()
        literal = partial(_literal, connection)
        for statement in (
            "SELECT count(*) FROM users",
            "SELECT count(*) FROM news_history",
            "SELECT count(*) FROM media_assets",
        ):
            print(f"{connection.scalar(text(statement)):>10,}  {statement.split()[-1]}")
        with home.app.app_context():
            admin = connection.scalar(text("SELECT id FROM users WHERE email = :e"), {"e": ADMIN})
            scope.enter(scope.ADMIN, admin)
            assert sorted(literal()) == sorted(_all_rows()), "the rows differ"
            print("the rows are equal")
            medians = in_turn(
                {
                    "the literal SQL": literal,
                    "the page's query, all rows": _all_rows,
                    "one page by e-mail": partial(_page, "email"),
                    "one page by stories": partial(_page, "-news"),
                    "one page by storage": partial(_page, "-storage"),
                    "one page by last seen": partial(_page, "-seen"),
                    "the sums of all rows": partial(statistics.sums, Filters()),
                },
                ROUNDS,
            )
            db.session.remove()
        connection.close()
        medians["/usage/ over HTTP"] = _over_http(home)
        slowest = medians["the literal SQL"]
        for name, taken in medians.items():
            print(f"{name:28} {taken:9.2f} ms   {slowest / taken:8.0f} : 1")
        for name in ("the page's query, all rows", "one page by stories", "one page by e-mail"):
            assert slowest / medians[name] >= WANTED, name


def _subscribe(connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO subscriptions (user_id, plan, status, start_date)"
            " SELECT id, (ARRAY['free', 'pro', 'enterprise'])[1 + abs(hashtext(email)) % 3],"
            " 'active', now() - interval '1 year' FROM users"
        )
    )
    connection.execute(text("UPDATE users SET role = 'admin' WHERE email = :e"), {"e": ADMIN})
    connection.commit()


def _literal(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text(PATTERN_2))]


def _all_rows() -> list[tuple[object, ...]]:
    return [tuple(row) for row in statistics.everybody(Filters(), SORTING.order("email"))]


def _page(order: str) -> None:
    statistics.statistics(Filters(), SORTING.order(order))


def _over_http(home: House) -> float:
    browser = home.browser(ADMIN)
    return in_turn({"page": partial(browser.get, "/usage/?sort=-news")}, 20)["page"]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_010_000)
