"""The usage statistics, held to the document's literal SQL."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import scope
from extensions import db
from models import Plan, Role, Subscription
from models.subscriptions import SubscriptionState
from queries.statistics import SORTING, Filters, everybody, statistics, sums, without_active
from tests.factories import make_asset, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")

PATTERN_2 = text("""
    SELECT
        u.email,
        COUNT(DISTINCT n.id) as total_news,
        COUNT(DISTINCT m.id) as total_media,
        s.plan as subscription_plan
    FROM users u
    LEFT JOIN news_history n ON u.id = n.user_id
    LEFT JOIN media_assets m ON n.id = m.news_id
    LEFT JOIN subscriptions s ON u.id = s.user_id
    WHERE s.status = 'active'
    GROUP BY u.id, u.email, s.plan
""")

# Whatever may happen to rows, by services or by plain SQL; {n} picks somebody or something.
SOMEBODY = "(SELECT id FROM users ORDER BY email OFFSET {n} % (SELECT count(*) FROM users) LIMIT 1)"
SOME_STORY = "(SELECT id FROM news_history ORDER BY id OFFSET {n} % greatest(1, (SELECT count(*) FROM news_history)) LIMIT 1)"
CHANGES = [
    "INSERT INTO users (email) VALUES (gen_random_uuid()::text || '@x')",
    f"INSERT INTO subscriptions (user_id, plan, status, start_date) VALUES ({SOMEBODY}, 'pro', 'active', now()) ON CONFLICT DO NOTHING",
    f"INSERT INTO subscriptions (user_id, plan, status, start_date, end_date) VALUES ({SOMEBODY}, 'enterprise', 'cancelled', now() - interval '2 days', now() + interval '1 day')",
    f"INSERT INTO subscriptions (user_id, plan, status, start_date, end_date) VALUES ({SOMEBODY}, 'free', 'expired', '2020-01-01', '2020-02-01')",
    f"UPDATE subscriptions SET status = 'cancelled' WHERE user_id = {SOMEBODY}",
    f"UPDATE subscriptions SET end_date = greatest(start_date, now() - interval '1 day') WHERE user_id = {SOMEBODY}",
    f"INSERT INTO news_history (user_id, headline, content) SELECT {SOMEBODY}, 'h', 'c' FROM generate_series(0, {{n}} % 4)",
    f"INSERT INTO media_assets (news_id, type, url) SELECT id, 'image', 'x' FROM news_history WHERE user_id = {SOMEBODY}",
    f"INSERT INTO media_assets (user_id, type, url) VALUES ({SOMEBODY}, 'audio', 'x')",
    f"INSERT INTO media_assets (news_id, type, url, byte_size) SELECT id, 'audio', 'x', 9 FROM news_history WHERE id = {SOME_STORY}",
    f"UPDATE news_history SET user_id = {SOMEBODY} WHERE id = {SOME_STORY}",
    f"UPDATE media_assets SET news_id = NULL WHERE news_id = {SOME_STORY}",
    f"DELETE FROM news_history WHERE id = {SOME_STORY}",
    f"DELETE FROM media_assets WHERE user_id = {SOMEBODY}",
    f"DELETE FROM news_history WHERE user_id = {SOMEBODY}",
    f"DELETE FROM users WHERE id = {SOMEBODY} AND (SELECT count(*) FROM users) > 1",
]
EMAIL = SORTING.order("email")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 50)), max_size=20))
def test_the_page_has_the_rows_and_numbers_of_the_literal_sql(changes):
    scope.enter(scope.OWNER)
    make_user()
    make_user()
    for statement, n in changes:
        db.session.execute(text(statement.format(n=n)))
    literal = sorted(tuple(row) for row in db.session.execute(PATTERN_2))
    assert sorted(everybody(Filters(), EMAIL)) == literal
    rows, _ = statistics(Filters(), EMAIL, limit=1000)
    shown = [(r.email, r.total_news, r.total_media, r.subscription_plan.value) for r in rows]
    assert sorted(shown) == literal
    together = sums(Filters())
    assert (together.people, together.news, together.media) == (
        len(literal),
        sum(row[1] for row in literal),
        sum(row[2] for row in literal),
    )
    people = db.session.scalar(text("SELECT count(*) FROM users"))
    assert people == len(literal) + without_active()


def make_people(count: int = 7) -> None:
    for number in range(count):
        user = make_user(f"p{number}@earshot.test")
        for story in range(number % 3):
            make_asset(user, make_story(user, f"s{story}"), byte_size=number)


@pytest.mark.parametrize("name", SORTING.columns)
@pytest.mark.parametrize("falling", ["", "-"])
def test_pages_of_any_order_hold_everybody_once(name: str, falling: str):
    make_people()
    order = SORTING.order(falling + name)
    seen, after = [], None
    while True:
        rows, cursor = statistics(Filters(), order, order.place(after), limit=2)
        seen += rows
        after = cursor
        if cursor is None:
            break
    assert len(seen) == len({row.id for row in seen}) == 7
    values = [
        {"news": row.total_news, "media": row.total_media, "storage": row.bytes}.get(name, 0)
        for row in seen
    ]
    assert values == sorted(values, reverse=bool(falling))


def test_filters_narrow_rows_and_sums_alike():
    make_people()
    row = db.session.query(Subscription).first()
    row.plan, row.end_date = Plan.PRO, datetime.now(UTC) - timedelta(days=1)
    db.session.commit()
    for filters, count in (
        (Filters("P3@"), 1),
        (Filters("%"), 0),
        (Filters(plan=Plan.PRO), 1),
        (Filters(plan=Plan.FREE), 6),
        (Filters(state=SubscriptionState.EXPIRED), 1),
        (Filters(plan=Plan.FREE, state=SubscriptionState.EXPIRED), 0),
        (Filters(state=SubscriptionState.SCHEDULED), 0),
    ):
        assert len(statistics(filters, EMAIL)[0]) == count
        assert sums(filters).people == len(list(everybody(filters, EMAIL))) == count


def test_what_is_stored_as_active_stays_a_row_when_its_end_is_past():
    user = make_user()
    row = db.session.query(Subscription).filter_by(user_id=user.id).one()
    row.end_date = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()
    (shown,) = statistics(Filters(), EMAIL)[0]
    assert shown.subscription_plan is Plan.FREE
    assert shown.state is SubscriptionState.EXPIRED


def test_an_admin_reads_them_and_a_reader_sees_none_but_themselves():
    make_people(3)
    admin = make_user(role=Role.ADMIN)
    with scope.acting(scope.ADMIN, admin.id):
        assert sums(Filters()).people == 4
    with scope.acting(scope.READER, admin.id):
        assert sums(Filters()).people == 1


def test_a_page_sorted_by_stories_stops_at_its_rows():
    """The index gives the order, so ten thousand people cost no more than fifty."""
    db.session.execute(
        text("INSERT INTO users (email) SELECT n || '@x' FROM generate_series(1, 3000) n")
    )
    db.session.execute(
        text(
            "INSERT INTO subscriptions (user_id, plan, status, start_date)"
            " SELECT id, 'free', 'active', now() FROM users"
        )
    )
    db.session.execute(text("ANALYZE users, subscriptions, user_totals"))
    plan = "\n".join(
        db.session.scalars(
            text(
                "EXPLAIN SELECT u.email, t.news FROM user_totals AS t"
                " JOIN users AS u ON u.id = t.user_id"
                " JOIN subscriptions AS s ON s.user_id = t.user_id AND s.status = 'active'"
                " ORDER BY t.news DESC, t.user_id DESC LIMIT 50"
            )
        )
    )
    assert "idx_user_totals_news" in plan, plan
