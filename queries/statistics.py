"""The usage statistics: the source document's second query pattern, from kept totals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, select, text

from extensions import db
from models import Plan, Subscription, SubscriptionStatus, User, UserTotals
from models.subscriptions import SubscriptionState, state_at
from queries.sorting import Column, Order, Place, Sorting, containing, read_page

SORTING = Sorting(
    UserTotals.user_id,
    {
        "email": Column(func.lower(User.email), str),
        "news": Column(UserTotals.news, int, falling=True),
        "media": Column(UserTotals.story_media, int, falling=True),
        "plan": Column(Subscription.plan, str),
        "state": Column(state_at(), str),
        "storage": Column(UserTotals.bytes, int, falling=True),
        "seen": Column(User.last_seen_at, datetime, nullable=True, falling=True),
    },
    standard="email",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the statistics; an empty one narrows nothing."""

    search: str = ""
    plan: Plan | None = None
    state: SubscriptionState | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return them as SQL."""
        wanted = []
        if self.search:
            wanted.append(containing(User.email, self.search))
        if self.plan:
            wanted.append(Subscription.plan == self.plan)
        if self.state:
            wanted.append(state_at() == self.state)
        return wanted


@dataclass(frozen=True, slots=True)
class PersonUsage:
    """One row: the document's columns, and what stands beside them."""

    id: UUID
    email: str
    total_news: int
    total_media: int
    """Of stories; what waits in the library is not counted."""
    subscription_plan: Plan
    state: SubscriptionState
    """What is true of the subscription now; it is chosen by its stored status."""
    ends_at: datetime | None
    bytes: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sums:
    """The rows of a table in four numbers."""

    people: int
    news: int
    media: int
    bytes: int


def statistics(
    filters: Filters, order: Order, after: Place | None = None, limit: int = 50
) -> tuple[list[PersonUsage], str | None]:
    """Return one page of those with an active subscription, and where the next begins.

    SQL:
        SELECT u.id, u.email, t.news, t.story_media, s.plan,
               subscription_state(s.status, s.start_date, s.end_date, now()), s.end_date,
               t.bytes, u.last_seen_at
        FROM user_totals AS t
        JOIN users AS u ON u.id = t.user_id
        JOIN subscriptions AS s ON s.user_id = t.user_id AND s.status = 'active'
        WHERE (t.news, t.user_id) < (CAST(:value AS bigint), CAST(:id AS uuid))
        ORDER BY t.news DESC, t.user_id DESC
        LIMIT CAST(:limit AS integer)
    """
    rows, next_page = read_page(_rows(filters), order, after, limit)
    return [PersonUsage(*row) for row in rows], next_page


def everybody(filters: Filters, order: Order) -> Iterator[Sequence[Any]]:
    """Yield the document's columns of every row, as they come from the database."""
    plan = cast(Subscription.plan, Text)
    statement = _joined(filters, User.email, UserTotals.news, UserTotals.story_media, plan)
    # They are read to the end: a plan that is quick with the first rows would be slow.
    db.session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    yield from db.session.execute(order.sort(statement).execution_options(yield_per=1000))


def sums(filters: Filters) -> Sums:
    """Return how many rows there are, and what they add up to.

    SQL:
        SELECT count(*), coalesce(sum(t.news), 0), coalesce(sum(t.story_media), 0),
               coalesce(sum(t.bytes), 0)
        FROM user_totals AS t
        JOIN users AS u ON u.id = t.user_id
        JOIN subscriptions AS s ON s.user_id = t.user_id AND s.status = 'active'
    """
    totals = (UserTotals.news, UserTotals.story_media, UserTotals.bytes)
    added = (func.coalesce(func.sum(column), 0) for column in totals)
    row = db.session.execute(_joined(filters, func.count(), *added)).one()
    return Sums(*map(int, row))


def without_active() -> int:
    """Return how many people have no active subscription and so stand in no row.

    SQL:
        SELECT count(*) FROM users AS u
        WHERE NOT EXISTS (SELECT FROM subscriptions AS s
                          WHERE s.user_id = u.id AND s.status = 'active')
    """
    active = select(Subscription.id).where(
        Subscription.user_id == User.id, Subscription.status == SubscriptionStatus.ACTIVE
    )
    return db.session.scalar(select(func.count()).select_from(User).where(~active.exists())) or 0


def _rows(filters: Filters) -> Select[Any]:
    return _joined(
        filters,
        User.id,
        User.email,
        UserTotals.news,
        UserTotals.story_media,
        Subscription.plan,
        state_at(),
        Subscription.end_date,
        UserTotals.bytes,
        User.last_seen_at,
    )


def _joined(filters: Filters, *columns: Any) -> Select[Any]:
    active = and_(
        Subscription.user_id == UserTotals.user_id,
        Subscription.status == SubscriptionStatus.ACTIVE,
    )
    return (
        select(*columns)
        .select_from(UserTotals)
        .join(User, User.id == UserTotals.user_id)
        .join(Subscription, active)
        .where(*filters.conditions())
    )
