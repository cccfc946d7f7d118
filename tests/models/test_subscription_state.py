"""What a subscription really is, from its status and its dates."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import literal, select, text

from extensions import db
from models import Subscription, SubscriptionStatus
from models.subscriptions import SubscriptionState, state_at
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("transaction")

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
BEFORE, AFTER, LONG_AGO = NOW - timedelta(days=1), NOW + timedelta(days=1), NOW - timedelta(days=99)


@pytest.mark.parametrize(
    ("status", "start", "end", "state"),
    [
        ("active", LONG_AGO, None, "active"),
        ("active", LONG_AGO, AFTER, "active"),
        ("active", LONG_AGO, NOW, "expired"),
        ("active", LONG_AGO, BEFORE, "expired"),
        ("active", AFTER, None, "scheduled"),
        ("cancelled", LONG_AGO, AFTER, "cancelled"),
        ("cancelled", LONG_AGO, NOW, "ended"),
        ("cancelled", LONG_AGO, BEFORE, "ended"),
        ("cancelled", LONG_AGO, None, "ended"),
        ("expired", LONG_AGO, None, "expired"),
        ("expired", LONG_AGO, AFTER, "expired"),
    ],
)
def test_the_state_follows_from_status_and_dates(status, start, end, state):
    derived = db.session.scalar(
        text("SELECT subscription_state(:status, :start, :end, :now)"),
        {"status": status, "start": start, "end": end, "now": NOW},
    )
    assert derived == state


def test_the_clock_alone_ends_a_subscription():
    user = make_user()
    row = db.session.scalars(select(Subscription).where(Subscription.user_id == user.id)).one()
    row.end_date = AFTER
    db.session.commit()
    assert row.status is SubscriptionStatus.ACTIVE

    def at(moment: datetime) -> str:
        return db.session.scalars(
            select(state_at(literal(moment))).where(Subscription.id == row.id)
        ).one()

    assert at(NOW) is SubscriptionState.ACTIVE
    assert at(AFTER) is SubscriptionState.EXPIRED
