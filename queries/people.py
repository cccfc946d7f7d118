"""Reads about everyone, for admins only: no query here sees what somebody reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, SQLColumnExpression, func, select

from extensions import db
from models import Plan, Role, Subscription, UsageMetric, User, UserTotals
from models.subscriptions import IN_FORCE, SubscriptionState, state_at
from queries.sorting import Column, Order, Place, Sorting, containing, read_page

T = TypeVar("T")

NARRATED = "narrated"
"""The usage action whose quantity is characters."""

SEEN = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
"""How long ago somebody was here at most."""
AWAY, NEVER = "away", "never"
"""Not for 30 days (or never), and never at all."""


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the table of people."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None
    suspended_at: datetime | None
    plan: Plan | None
    """Of the subscription in force; None when none is, which gives what free gives."""
    state: SubscriptionState | None
    ends_at: datetime | None
    stories: int
    bytes: int
    characters: int
    """Narrated in this calendar month, UTC."""


@dataclass(frozen=True, slots=True)
class Details:
    """What the page of one person says beyond their row."""

    person: Person
    suspended_for: str
    session_epoch: int
    has_password: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people a table or an export is about; None and the empty text ask nothing."""

    search: str = ""
    role: str | None = None
    plan: str | None = None
    state: str | None = None
    """`active` or `suspended`."""
    seen: str | None = None
    """A key of SEEN, AWAY or NEVER."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people there are, by what one asks about them."""

    people: int
    admins: int
    suspended: int
    seen_this_week: int


# Scalar subqueries and no joins, so that PostgreSQL works them out for the rows of a page alone.


def _in_force(wanted: SQLColumnExpression[T]) -> ScalarSelect[T]:
    """Return something of the user's subscription in force."""
    state = state_at()
    return (
        select(wanted)
        .where(Subscription.user_id == User.id, state.in_(IN_FORCE))
        .order_by(
            (state == SubscriptionState.ACTIVE).desc(),
            Subscription.end_date.desc().nulls_first(),
            Subscription.id,
        )
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )


_PLAN = _in_force(Subscription.plan)
_SPOKEN = (
    select(func.sum(UsageMetric.quantity))
    .where(
        UsageMetric.user_id == User.id,
        UsageMetric.action == NARRATED,
        UsageMetric.created_at >= func.date_trunc("month", func.now(), "UTC"),
    )
    .correlate(User)
    .scalar_subquery()
)
_STORIES = func.coalesce(UserTotals.news, 0)
_BYTES = func.coalesce(UserTotals.bytes, 0)
_CHARACTERS = func.coalesce(_SPOKEN, 0)
_COLUMNS: tuple[Any, ...] = (
    User.id,
    User.email,
    User.role,
    User.created_at,
    User.last_seen_at,
    User.suspended_at,
    _PLAN.label("plan"),
    _in_force(state_at()).label("state"),
    _in_force(Subscription.end_date).label("ends_at"),
    _STORIES,
    _BYTES,
    _CHARACTERS,
)

SORTING = Sorting(
    User.id,
    {
        "email": Column(func.lower(User.email)),
        "role": Column(User.role),
        "seen": Column(User.last_seen_at, datetime, falling=True, nullable=True),
        "storage": Column(_BYTES, int, falling=True),
        "stories": Column(_STORIES, int, falling=True),
        "characters": Column(_CHARACTERS, float, falling=True),
        "joined": Column(User.created_at, datetime, falling=True),
    },
    standard="-joined",
)


def list_people(
    wanted: Wanted, order: Order, after: Place | None = None, limit: int = 50
) -> tuple[list[Person], str | None]:
    """Return a page of people in an order, and where the next page begins.

    The plan is that of the subscription in force: the active one, else the cancelled one that
    runs longest.

    SQL:
        SELECT u.id, u.email, u.role, u.created_at, u.last_seen_at, u.suspended_at,
               in_force.plan, in_force.state, in_force.end_date,
               coalesce(t.news, 0), coalesce(t.bytes, 0), coalesce(spoken.characters, 0)
        FROM users AS u
        LEFT JOIN user_totals AS t ON t.user_id = u.id
        LEFT JOIN LATERAL (
            SELECT s.plan, s.end_date,
                   subscription_state(s.status, s.start_date, s.end_date, now()) AS state
            FROM subscriptions AS s
            WHERE s.user_id = u.id
              AND subscription_state(s.status, s.start_date, s.end_date, now())
                  IN ('active', 'cancelled')
            ORDER BY state, s.end_date DESC NULLS FIRST, s.id LIMIT 1
        ) AS in_force ON true
        LEFT JOIN (
            SELECT user_id, sum(quantity) AS characters FROM usage_metrics
            WHERE action = 'narrated' AND created_at >= date_trunc('month', now(), 'UTC')
            GROUP BY user_id
        ) AS spoken ON spoken.user_id = u.id
        ORDER BY u.created_at DESC, u.id DESC
        LIMIT 51
    """
    rows, following = read_page(_people(wanted), order, after, limit)
    return [_person(row) for row in rows], following


def every_person(wanted: Wanted, order: Order) -> Iterator[Person]:
    """Yield everyone who is wanted, in an order, as the database sends them."""
    statement = order.sort(_people(wanted)).execution_options(yield_per=500)
    for row in db.session.execute(statement):
        yield _person(row)


def count_people(wanted: Wanted) -> int:
    """Count who is wanted."""
    statement = select(func.count()).select_from(User).where(*_conditions(wanted))
    return db.session.scalar(statement) or 0


def count_everyone() -> Counts:
    """Count everyone, for the line above the table.

    SQL:
        SELECT count(*), count(*) FILTER (WHERE role = 'admin'),
               count(*) FILTER (WHERE suspended_at IS NOT NULL),
               count(*) FILTER (WHERE last_seen_at >= now() - interval '7 days')
        FROM users
    """
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(User.role == Role.ADMIN),
            func.count().filter(User.suspended_at.is_not(None)),
            func.count().filter(User.last_seen_at >= func.now() - SEEN["week"]),
        ).select_from(User)
    ).one()
    return Counts(*row)


def find_person(user_id: UUID) -> Details | None:
    """Return what the page of one person says, or None."""
    statement = (
        _people(Wanted())
        .add_columns(User.suspended_for, User.session_epoch, User.password_hash.is_not(None))
        .where(User.id == user_id)
    )
    row = db.session.execute(statement).one_or_none()
    return Details(_person(row[:-3]), *row[-3:]) if row else None


def is_last_admin(user_id: UUID) -> bool:
    """Say whether this is the one admin left who may sign in.

    Only to say so beforehand; the database itself refuses to lose the last one.
    """
    others = select(User.id).where(
        User.role == Role.ADMIN, User.suspended_at.is_(None), User.id != user_id
    )
    statement = select(User.id).where(
        User.id == user_id, User.role == Role.ADMIN, User.suspended_at.is_(None), ~others.exists()
    )
    return db.session.scalar(statement) is not None


def _people(wanted: Wanted) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .select_from(User)
        .outerjoin(UserTotals, UserTotals.user_id == User.id)
        .where(*_conditions(wanted))
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.search:
        conditions.append(containing(User.email, wanted.search))
    if wanted.role:
        conditions.append(User.role == Role(wanted.role))
    if wanted.plan:
        conditions.append(func.coalesce(_PLAN, Plan.FREE) == Plan(wanted.plan))
    if wanted.state:
        gone = User.suspended_at.is_not(None)
        conditions.append(gone if wanted.state == "suspended" else ~gone)
    if wanted.seen == NEVER:
        conditions.append(User.last_seen_at.is_(None))
    elif wanted.seen == AWAY:
        recent = User.last_seen_at >= func.now() - SEEN["month"]
        conditions.append(recent.is_not(True))
    elif wanted.seen:
        conditions.append(User.last_seen_at >= func.now() - SEEN[wanted.seen])
    return conditions


def _person(row: Any) -> Person:
    *known, characters = row
    return Person(*(*known, round(characters)))
