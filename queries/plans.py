"""Which plan a reader is on, and how much of what it allows they use."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, ScalarSelect, Select, and_, cast, func, select
from sqlalchemy.orm import aliased

from extensions import db
from models import Plan, Resource, Subscription, UsageCounter, UserTotals
from models.subscriptions import IN_FORCE, SubscriptionState, state_at
from models.usage import STANDING


@dataclass(frozen=True, slots=True)
class InForce:
    """The subscription whose plan may be used now."""

    id: UUID
    plan: Plan
    state: SubscriptionState
    end_date: datetime | None


@dataclass(frozen=True, slots=True)
class Used:
    """What a reader holds, and what they have spent this month of UTC."""

    plan: Plan
    """The one in force; free when none is."""
    month: date
    """Its first day."""
    stories: int
    storage_bytes: int
    characters: int
    api_calls: int
    sources: int

    @property
    def resets_at(self) -> datetime:
        """Return when the next month begins."""
        return next_month(self.month)


def next_month(month: date) -> datetime:
    """Return when the month after the one with that first day begins."""
    year, number = divmod(month.year * 12 + month.month, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


def this_month() -> ColumnElement[date]:
    """Return SQL for the first day of the month, in UTC and on the database's clock."""
    return cast(func.date_trunc("month", func.timezone("UTC", func.now())), Date)


def plan_of(user_id: UUID) -> InForce | None:
    """Return the subscription in force, or None when there is none.

    One that goes on comes before those that are cancelled and still run, and of these the one
    that ends last.

    SQL:
        SELECT id, plan, subscription_state(status, start_date, end_date, now()), end_date
        FROM subscriptions
        WHERE user_id = :user_id
          AND subscription_state(status, start_date, end_date, now()) IN ('active', 'cancelled')
        ORDER BY subscription_state(status, start_date, end_date, now()),
                 end_date DESC NULLS FIRST, id
        LIMIT 1
    """
    columns: list[Any] = [Subscription.id, Subscription.plan, state_at(), Subscription.end_date]
    row = db.session.execute(_in_force(select(*columns), user_id)).one_or_none()
    return InForce(*row) if row else None


def subscription_in_force(user_id: UUID) -> ScalarSelect[Any]:
    """Return the id of the subscription in force, as a part of another statement."""
    return _in_force(select(Subscription.id), user_id).scalar_subquery()


def used_of(user_id: UUID) -> Used | None:
    """Return what a reader uses of each limit, in one statement; None when they are gone.

    SQL:
        SELECT (SELECT plan FROM subscriptions
                WHERE user_id = :user_id
                  AND subscription_state(status, start_date, end_date, now())
                      IN ('active', 'cancelled')
                ORDER BY subscription_state(status, start_date, end_date, now()),
                         end_date DESC NULLS FIRST, id
                LIMIT 1),
               CAST(date_trunc('month', now() AT TIME ZONE 'UTC') AS date),
               t.news, t.bytes,
               coalesce(characters.used, 0), coalesce(api_calls.used, 0), coalesce(sources.used, 0)
        FROM user_totals AS t
        LEFT JOIN usage_counters AS characters
          ON characters.user_id = t.user_id AND characters.resource = 'characters'
         AND characters.period = CAST(date_trunc('month', now() AT TIME ZONE 'UTC') AS date)
        LEFT JOIN usage_counters AS api_calls
          ON api_calls.user_id = t.user_id AND api_calls.resource = 'api_calls'
         AND api_calls.period = CAST(date_trunc('month', now() AT TIME ZONE 'UTC') AS date)
        LEFT JOIN usage_counters AS sources
          ON sources.user_id = t.user_id AND sources.resource = 'sources'
         AND sources.period = '1970-01-01'
        WHERE t.user_id = :user_id
    """
    counters = {resource: aliased(UsageCounter, name=resource.value) for resource in Resource}
    columns = [
        func.coalesce(counters[resource].used, 0)
        for resource in (Resource.CHARACTERS, Resource.API_CALLS, Resource.SOURCES)
    ]
    plan = _in_force(select(Subscription.plan), user_id).scalar_subquery()
    statement = select(plan, this_month(), UserTotals.news, UserTotals.bytes, *columns)
    for resource, counter in counters.items():
        period = STANDING if resource is Resource.SOURCES else this_month()
        statement = statement.outerjoin(
            counter,
            and_(
                counter.user_id == UserTotals.user_id,
                counter.resource == resource,
                counter.period == period,
            ),
        )
    row = db.session.execute(statement.where(UserTotals.user_id == user_id)).one_or_none()
    return Used(row[0] or Plan.FREE, *row[1:]) if row else None


def admin_to_ask() -> str:
    """Return the address of the admin who has been here longest; empty when there is none."""
    return str(db.session.scalar(select(func.admin_to_ask())) or "")


def _in_force(statement: Select[Any], user_id: UUID) -> Select[Any]:
    state = state_at()
    return (
        statement.where(Subscription.user_id == user_id, state.in_(IN_FORCE))
        # By name, 'active' is the first of the states in force.
        .order_by(state, Subscription.end_date.desc().nulls_first(), Subscription.id)
        .limit(1)
    )
