"""Reads of many subscriptions at once: what kinds there are among them, and a few to show."""

from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from extensions import db
from models import Subscription, User
from models.subscriptions import state_at
from queries.subscriptions import SubscriptionRow, as_row, rows_at


def kinds(condition: ColumnElement[bool]) -> list[tuple[SubscriptionRow, int]]:
    """Count rows that are alike to every rule: same plan, status and state, with an end or without.

    Each comes as a row that stands for its kind: the earliest start, the latest end, nobody's.

    SQL:
        SELECT s.plan, s.status, subscription_state(s.status, s.start_date, s.end_date, now()),
               min(s.start_date), max(s.end_date), now(), count(*)
        FROM subscriptions AS s JOIN users AS u ON u.id = s.user_id
        GROUP BY s.plan, s.status,
                 subscription_state(s.status, s.start_date, s.end_date, now()),
                 s.end_date IS NULL
    """
    state = state_at()
    statement = (
        select(
            Subscription.plan,
            Subscription.status,
            state,
            func.min(Subscription.start_date),
            func.max(Subscription.end_date),
            func.now(),
            func.count(),
        )
        .join(User, User.id == Subscription.user_id)
        .where(condition)
        .group_by(Subscription.plan, Subscription.status, state, Subscription.end_date.is_(None))
    )
    nobody = UUID(int=0)
    return [
        (as_row((nobody, nobody, "", plan, status, true, start, end, now, now)), count)
        for plan, status, true, start, end, now, count in db.session.execute(statement)
    ]


def some(condition: ColumnElement[bool], limit: int) -> list[SubscriptionRow]:
    """Return a few rows that meet a condition, the newest."""
    statement = rows_at().where(condition).order_by(Subscription.created_at.desc()).limit(limit)
    return [as_row(row) for row in db.session.execute(statement)]
