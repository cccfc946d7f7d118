"""Reads of subscriptions: everyone's for admins, their own for readers."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.types import DateTime

from extensions import db
from models import AuditEntry, Plan, Subscription, SubscriptionStatus, User
from models.subscriptions import IN_FORCE, SubscriptionState, state_at
from queries.sorting import Column, Order, Place, Sorting, containing, read_page

SOON = timedelta(days=7)
OVER = (SubscriptionState.ENDED, SubscriptionState.EXPIRED)
"""The states in which nothing more will come."""


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription, whose it is, and what is true of it."""

    id: UUID
    user_id: UUID
    email: str
    plan: Plan
    status: SubscriptionStatus
    """As stored; for what is true today see `state`."""
    state: SubscriptionState
    start_date: datetime
    end_date: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def in_force(self) -> bool:
        """Say whether its plan may be used now."""
        return self.state in IN_FORCE

    @property
    def over(self) -> bool:
        """Say whether its end is past, cancelled or not."""
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the table.

    `seen_at` is the moment that the table is looked at: what is true is what was true then, and
    rows that came or changed since are no part of it. None means now.
    """

    search: str = ""
    plan: Plan | None = None
    state: SubscriptionState | None = None
    ends_within: int | None = None
    """Days; only what is in force counts."""
    current_only: bool = False
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands above the table; by what is true at `now`."""

    now: datetime
    people: int
    pro: int
    enterprise: int
    ending_soon: int
    matching: int


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the log about one subscription."""

    id: UUID
    created_at: datetime
    actor_email: str
    """Empty for the site itself and for commands on its machine."""
    action: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


_WIDTH = len(fields(SubscriptionRow))
_PLAN_RANK = func.array_position(
    cast(literal([plan.value for plan in Plan]), db.ARRAY(db.Text)),
    cast(Subscription.plan, db.Text),
)
_PLAN_RANK.type = Integer()

SORTING = Sorting(
    Subscription.id,
    {
        "email": Column(func.lower(User.email)),
        "plan": Column(_PLAN_RANK, int),
        "end": Column(Subscription.end_date, datetime, nullable=True),
        "start": Column(Subscription.start_date, datetime, falling=True),
        "created": Column(Subscription.created_at, datetime, falling=True),
    },
    "-created",
)


def at_moment(seen_at: datetime | None) -> SQLColumnExpression[datetime]:
    """Return SQL for the moment at which things are looked at."""
    if seen_at is None:
        return func.now()
    return cast(literal(seen_at), DateTime(timezone=True))


def rows_at(seen_at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """Return the statement of all rows, with their state at a moment; see `as_row`."""
    return select(
        Subscription.id,
        Subscription.user_id,
        User.email,
        Subscription.plan,
        Subscription.status,
        state_at(at_moment(seen_at)).label("state"),
        Subscription.start_date,
        Subscription.end_date,
        Subscription.created_at,
        Subscription.updated_at,
    ).join(User, User.id == Subscription.user_id)


def as_row(row: Any) -> SubscriptionRow:
    """Return what `rows_at` selected; further columns are left aside."""
    return SubscriptionRow(*row[:_WIDTH])


def matches(wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition of everything that is wanted, by derived state."""
    moment = at_moment(wanted.seen_at)
    state = state_at(moment)
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        conditions.append(containing(User.email, wanted.search))
    if wanted.plan:
        conditions.append(Subscription.plan == wanted.plan)
    if wanted.state:
        conditions.append(state == wanted.state)
    if wanted.current_only:
        conditions.append(state.in_(IN_FORCE))
    if wanted.ends_within:
        conditions += (_ends_by(moment, timedelta(days=wanted.ends_within)), state.in_(IN_FORCE))
    if wanted.seen_at:
        conditions += (Subscription.created_at <= moment, Subscription.updated_at <= moment)
    return and_(literal(True), *conditions)


def list_page(
    wanted: Wanted, order: Order, after: Place | None, limit: int
) -> tuple[list[SubscriptionRow], str | None]:
    """Return one page of the table, and where the next one begins.

    SQL:
        SELECT s.id, s.user_id, u.email, s.plan, s.status,
               subscription_state(s.status, s.start_date, s.end_date, now()),
               s.start_date, s.end_date, s.created_at, s.updated_at
        FROM subscriptions AS s JOIN users AS u ON u.id = s.user_id
        WHERE strpos(lower(u.email), lower(CAST(:search AS text))) > 0
          AND (CAST(:state AS text) IS NULL
               OR subscription_state(s.status, s.start_date, s.end_date, now()) = :state)
          AND (s.created_at, s.id) < (CAST(:created_at AS timestamptz), CAST(:id AS uuid))
        ORDER BY s.created_at DESC, s.id DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = rows_at(wanted.seen_at).where(matches(wanted))
    found, further = read_page(statement, order, after, limit)
    return [as_row(row) for row in found], further


def overview(wanted: Wanted) -> Overview:
    """Count people, what is in force, and what is wanted, in one pass at one moment.

    SQL:
        SELECT now(), (SELECT count(*) FROM users),
               count(*) FILTER (
                   WHERE subscription_state(s.status, s.start_date, s.end_date, now())
                         IN ('active', 'cancelled') AND s.plan = 'pro'),
               count(*) FILTER (
                   WHERE subscription_state(s.status, s.start_date, s.end_date, now())
                         IN ('active', 'cancelled') AND s.end_date <= now() + interval '7 days')
        FROM subscriptions AS s JOIN users AS u ON u.id = s.user_id
    """
    running = state_at().in_(IN_FORCE)
    statement = select(
        func.now(),
        select(func.count()).select_from(User).scalar_subquery(),
        func.count(Subscription.user_id.distinct()).filter(running, Subscription.plan == Plan.PRO),
        func.count(Subscription.user_id.distinct()).filter(
            running, Subscription.plan == Plan.ENTERPRISE
        ),
        func.count().filter(running, _ends_by(func.now(), SOON)),
        func.count().filter(matches(wanted)),
    ).select_from(Subscription)
    if wanted.search:
        statement = statement.join(User, User.id == Subscription.user_id)
    return Overview(*db.session.execute(statement).one())


def stream(wanted: Wanted, order: Order) -> Iterator[SubscriptionRow]:
    """Yield everything that is wanted, in order, while the database sends it."""
    statement = order.sort(rows_at(wanted.seen_at).where(matches(wanted)))
    for row in db.session.execute(statement, execution_options={"yield_per": 500}):
        yield as_row(row)


def find(subscription_id: UUID) -> SubscriptionRow | None:
    """Return anybody's subscription, or None; what may be seen is up to the role that asks."""
    row = db.session.execute(rows_at().where(Subscription.id == subscription_id)).one_or_none()
    return as_row(row) if row else None


def all_of(user_id: UUID, limit: int = 100) -> list[SubscriptionRow]:
    """Return one person's subscriptions: first what is in force or comes, then the latest."""
    over = state_at().in_(OVER)
    statement = (
        rows_at()
        .where(Subscription.user_id == user_id)
        .order_by(over, Subscription.start_date.desc(), Subscription.created_at.desc())
        .limit(limit)
    )
    return [as_row(row) for row in db.session.execute(statement)]


def timeline(subscription_id: UUID, limit: int = 200) -> list[Event]:
    """Return what was done to one subscription, the latest first.

    SQL:
        SELECT id, created_at, actor_email, action, reason, before, after
        FROM audit_log WHERE object_id = :subscription_id
        ORDER BY created_at DESC, id DESC LIMIT CAST(:limit AS integer)
    """
    statement = (
        select(
            AuditEntry.id,
            AuditEntry.created_at,
            AuditEntry.actor_email,
            AuditEntry.action,
            AuditEntry.reason,
            AuditEntry.before,
            AuditEntry.after,
        )
        .where(AuditEntry.object_id == subscription_id)
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
        .limit(limit)
    )
    return [Event(*row) for row in db.session.execute(statement)]


def state_of(
    status: SubscriptionStatus, start_date: datetime, end_date: datetime | None
) -> SubscriptionState:
    """Return what would be true now of a subscription with that status and those dates.

    Asks the database, so that there is one place that knows.
    """
    zoned = DateTime(timezone=True)
    derived = func.subscription_state(
        status.value, cast(start_date, zoned), cast(end_date, zoned), func.now()
    )
    return SubscriptionState(db.session.scalars(select(derived)).one())


def _ends_by(moment: SQLColumnExpression[datetime], span: timedelta) -> ColumnElement[bool]:
    return Subscription.end_date <= moment + span
