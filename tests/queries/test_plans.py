"""Which plan is in force, and what is used: held to the documented SQL."""

import inspect
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text

from extensions import db
from models import Plan, Subscription, SubscriptionStatus
from queries import plans
from services import plans as plan_service
from tests.factories import make_asset, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")

NOW = datetime.now(UTC)
days = st.one_of(st.none(), st.integers(-40, 40))
subscriptions = st.lists(
    st.tuples(
        st.sampled_from(list(Plan)),
        st.sampled_from([SubscriptionStatus.CANCELLED, SubscriptionStatus.EXPIRED]),
        st.integers(-60, 40),
        days,
    ),
    max_size=5,
)


def documented(function: object, **values: object) -> list[tuple]:
    sql = inspect.getdoc(function).partition("SQL:")[2]
    return [tuple(row) for row in db.session.execute(text(sql), values)]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subscriptions, st.booleans(), days)
def test_the_plan_in_force_is_the_documented_one(reader, rows, goes_on, end):
    db.session.execute(delete(Subscription).where(Subscription.user_id == reader.id))
    if goes_on:
        rows = [*rows, (Plan.PRO, SubscriptionStatus.ACTIVE, -80, end)]
    for plan, status, start, until in rows:
        begin = NOW + timedelta(days=start)
        last = None if until is None else max(begin, NOW + timedelta(days=until))
        db.session.add(
            Subscription(
                user_id=reader.id, plan=plan, status=status, start_date=begin, end_date=last
            )
        )
    db.session.flush()
    expected = documented(plans.plan_of, user_id=reader.id)

    found = plans.plan_of(reader.id)

    rows = [(found.id, found.plan, found.state, found.end_date)] if found else []
    assert rows == expected
    assert plans.used_of(reader.id).plan == (found.plan if found else Plan.FREE)
    if goes_on and (end is None or end > 0):
        assert found.plan is Plan.PRO
        assert found.state == "active"


def test_what_is_used_is_the_documented_row():
    owner = make_user()
    make_story(owner)
    make_asset(owner, byte_size=12)
    plan_service.spend_characters(owner.id, 7)
    plan_service.spend_api_call(owner.id)

    used = plans.used_of(owner.id)

    (row,) = documented(plans.used_of, user_id=owner.id)
    assert row == (
        used.plan,
        used.month,
        used.stories,
        used.storage_bytes,
        used.characters,
        used.api_calls,
        used.sources,
    )
    assert row[2:] == (1, 12, 7, 1, 0)


@pytest.mark.parametrize(
    ("month", "following"),
    [
        (date(2026, 1, 1), (2026, 2)),
        (date(2026, 11, 1), (2026, 12)),
        (date(2026, 12, 1), (2027, 1)),
    ],
)
def test_the_next_month_begins_on_its_first_day_in_utc(month, following):
    assert plans.next_month(month) == datetime(*following, 1, tzinfo=UTC)
