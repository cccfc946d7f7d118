"""Subscriptions for tests, and what is stored of somebody's."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from extensions import db
from models import AuditEntry, Plan, Role, Subscription, SubscriptionStatus, User
from services.audit import Person
from tests.factories import make_user

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def make_admin() -> User:
    """Make an admin."""
    return make_user(role=Role.ADMIN)


def person(user: User) -> Person:
    """Return a user as the log names them."""
    return Person(user.id, user.email)


def subscribe(
    user: User,
    plan: str = "pro",
    status: str = "active",
    start: datetime | None = None,
    end: datetime | None = None,
) -> Subscription:
    """Give somebody a subscription; an active one ends the free one they started with."""
    if status == "active":
        present = db.session.scalars(
            select(Subscription).filter_by(user_id=user.id, status=SubscriptionStatus.ACTIVE)
        ).one_or_none()
        if present:
            present.status = SubscriptionStatus.CANCELLED
            present.end_date = present.start_date + DAY
            db.session.flush()
    row = Subscription(
        user_id=user.id,
        plan=Plan(plan),
        status=SubscriptionStatus(status),
        start_date=start or NOW - 60 * DAY,
        end_date=end,
    )
    db.session.add(row)
    db.session.commit()
    return row


def of(user: User) -> list[tuple[str, str]]:
    """Return plan and stored status of what somebody has, the earliest first."""
    rows = db.session.execute(
        select(Subscription.plan, Subscription.status)
        .where(Subscription.user_id == user.id)
        .order_by(Subscription.start_date, Subscription.created_at)
    )
    return [(row.plan.value, row.status.value) for row in rows]


def fresh(row: Subscription) -> Subscription:
    """Return a row as it is stored now."""
    db.session.expire_all()
    return db.session.get_one(Subscription, row.id)


def log(action: str | None = None) -> list[AuditEntry]:
    """Return what the log says, the earliest first."""
    db.session.expire_all()
    statement = select(AuditEntry).order_by(AuditEntry.created_at, AuditEntry.id)
    if action:
        statement = statement.where(AuditEntry.action == action)
    return list(db.session.scalars(statement))
