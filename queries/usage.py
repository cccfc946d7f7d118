"""Reads about what everybody used, for the charts of admins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Select,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    select,
    union,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on

from extensions import db
from models import Subscription, UsageDay, User
from models.subscriptions import IN_FORCE
from models.usage import STORED
from queries.periods import Span


class Split(StrEnum):
    """What the parts of a bar stand for."""

    PLAN = "plan"
    VOICE = "voice"


class Measure(StrEnum):
    """What is added up."""

    EVENTS = "events"
    QUANTITY = "quantity"
    """Characters, seconds or bytes, as the action says."""
    PEOPLE = "people"
    """Everybody once a period."""


@dataclass(frozen=True, slots=True)
class Line:
    """One value a period, oldest first; `key` is a plan, a voice, or empty for everything."""

    key: str
    values: Sequence[float]


def used(
    span: Span, action: str, measure: Measure = Measure.EVENTS, split: Split | None = None
) -> list[Line]:
    """Return how much was used in each period; periods without a row are zero.

    Plans are those that were in force at the time.

    SQL:
        SELECT CAST(date_trunc(:step, CAST(day AS timestamp)) AS date) AS period, plan,
               sum(quantity)
        FROM usage_daily
        WHERE action = :action AND day >= :first AND day < :until
        GROUP BY period, plan
    """
    amount: ColumnElement[Any] = {
        Measure.EVENTS: func.sum(UsageDay.events),
        Measure.QUANTITY: func.sum(UsageDay.quantity),
        Measure.PEOPLE: func.count(UsageDay.user_id.distinct()),
    }[measure]
    period, key = _period(cast(UsageDay.day, DateTime), span), _key(split)
    rows = db.session.execute(
        select(period, key, amount)
        .where(UsageDay.action == action, UsageDay.day >= span.first, UsageDay.day < span.until)
        .group_by(period, key)
    ).all()
    return _lines(span, [tuple(row) for row in rows])


def people_who(span: Span, action: str) -> int:
    """Return how many different people did something within a span.

    SQL:
        SELECT count(DISTINCT user_id) FROM usage_daily
        WHERE action = :action AND day >= :first AND day < :until
    """
    return (
        db.session.scalar(
            select(func.count(UsageDay.user_id.distinct())).where(
                UsageDay.action == action, UsageDay.day >= span.first, UsageDay.day < span.until
            )
        )
        or 0
    )


def people(span: Span, split: Split | None = None) -> list[Line]:
    """Return how many accounts there were at the end of each period, of those that still exist.

    Of the period that goes on, its end is now. Somebody is counted under the plan that was in
    force then, as their subscriptions' states derive from status and dates.

    SQL:
        WITH marks AS (
            SELECT id AS user_id, created_at AS at FROM users
            UNION
            SELECT u.id, greatest(mark.at, u.created_at)
            FROM subscriptions AS s JOIN users AS u ON u.id = s.user_id
            CROSS JOIN LATERAL (VALUES (s.start_date), (s.end_date), (s.updated_at)) AS mark (at)
            WHERE mark.at IS NOT NULL
        ), plans AS (
            SELECT DISTINCT ON (m.user_id, m.at) m.user_id, m.at, coalesce(s.plan, 'none') AS plan
            FROM marks AS m
            LEFT JOIN subscriptions AS s ON s.user_id = m.user_id
                AND subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, m.at)
                    IN ('active', 'cancelled')
            WHERE m.at <= now() AND m.at < :ends_at
            ORDER BY m.user_id, m.at,
                subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, m.at),
                s.end_date DESC NULLS FIRST, s.id
        ), moves AS (
            SELECT at, plan, lag(at) OVER person AS before, lag(plan) OVER person AS plan_before
            FROM plans
            WINDOW person AS (PARTITION BY user_id ORDER BY at)
        )
        SELECT greatest(CAST(date_trunc(:step, at AT TIME ZONE 'UTC') AS date), :first) AS period,
               turn.plan, sum(turn.people)
        FROM moves CROSS JOIN LATERAL (
            VALUES (plan, 1), (plan_before, CASE WHEN before IS NULL THEN 0 ELSE -1 END)
        ) AS turn (plan, people)
        WHERE turn.people <> 0
        GROUP BY period, turn.plan
    """
    if split is not Split.PLAN:
        period = func.greatest(_period(func.timezone("UTC", User.created_at), span), span.first)
        rows = db.session.execute(
            select(period, literal(""), func.count())
            .where(User.created_at <= func.now(), User.created_at < span.ends_at)
            .group_by(period)
        ).all()
        return _held(span, [tuple(row) for row in rows])
    moves = _moves(span.ends_at)
    turn = (
        values(column("plan", Text), column("people"), name="turn")
        .data(
            [
                (moves.c.plan, literal(1)),
                (moves.c.plan_before, case((moves.c.before.is_(None), 0), else_=-1)),
            ]
        )
        .lateral()
    )
    period = func.greatest(_period(func.timezone("UTC", moves.c.at), span), span.first)
    rows = db.session.execute(
        select(period, turn.c.plan, func.sum(turn.c.people))
        .select_from(moves)
        .join(turn, literal(True))
        .where(turn.c.people != 0)
        .group_by(period, turn.c.plan)
    ).all()
    return _held(span, [tuple(row) for row in rows])


def stored(span: Span, split: Split | None = None) -> list[Line]:
    """Return the bytes stored at the end of each period, by the plan that each is on now.

    SQL:
        WITH plans AS MATERIALIZED (
            SELECT DISTINCT ON (m.user_id, m.at) m.user_id, m.at, coalesce(s.plan, 'none') AS plan
            FROM (SELECT id AS user_id, now() AS at FROM users) AS m
            LEFT JOIN subscriptions AS s ON s.user_id = m.user_id
                AND subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, m.at)
                    IN ('active', 'cancelled')
            ORDER BY m.user_id, m.at,
                subscription_state_then(s.status, s.start_date, s.end_date, s.updated_at, m.at),
                s.end_date DESC NULLS FIRST, s.id
        )
        SELECT greatest(CAST(date_trunc(:step, CAST(d.day AS timestamp)) AS date), :first)
                   AS period,
               p.plan, sum(d.quantity)
        FROM usage_daily AS d
        JOIN plans AS p ON p.user_id = d.user_id
        WHERE d.action = 'stored' AND d.day < :until
        GROUP BY period, p.plan
    """
    period = func.greatest(_period(cast(UsageDay.day, DateTime), span), span.first)
    key: ColumnElement[Any] = literal("")
    statement = select(period, key, func.sum(UsageDay.quantity))
    if split is Split.PLAN:
        everybody = select(User.id.label("user_id"), func.now().label("at")).subquery("marks")
        # Apart, so that it is asked once a person and not once a day.
        plans = _plans_at(everybody).cte("plans").prefix_with("MATERIALIZED")
        key = plans.c.plan
        statement = select(period, key, func.sum(UsageDay.quantity)).join(
            plans, plans.c.user_id == UsageDay.user_id
        )
    rows = db.session.execute(
        statement.where(UsageDay.action == STORED, UsageDay.day < span.until).group_by(period, key)
    ).all()
    return _held(span, [tuple(row) for row in rows])


def _moves(ends_at: datetime) -> Any:
    """Return when somebody came to be on which plan, and on which they were before."""
    times = (
        values(column("at", DateTime(timezone=True)), name="mark")
        .data([(Subscription.start_date,), (Subscription.end_date,), (Subscription.updated_at,)])
        .lateral()
    )
    marks = union(
        select(User.id.label("user_id"), User.created_at.label("at")),
        select(User.id, func.greatest(times.c.at, User.created_at))
        .select_from(Subscription)
        .join(User, User.id == Subscription.user_id)
        .join(times, literal(True))
        .where(times.c.at.is_not(None)),
    ).subquery("marks")
    known = and_(marks.c.at <= func.now(), marks.c.at < ends_at)
    plans = _plans_at(marks).where(known).subquery("plans")
    person: dict[str, Any] = {"partition_by": plans.c.user_id, "order_by": plans.c.at}
    return select(
        plans.c.at,
        plans.c.plan,
        func.lag(plans.c.at).over(**person).label("before"),
        func.lag(plans.c.plan).over(**person).label("plan_before"),
    ).subquery("moves")


def _plans_at(marks: Any) -> Select[Any]:
    """Return SQL for the plan that was in force for each `user_id` and `at` of `marks`.

    The same as plan_in_force(), for many at once.
    """
    state = func.subscription_state_then(
        Subscription.status,
        Subscription.start_date,
        Subscription.end_date,
        Subscription.updated_at,
        marks.c.at,
        type_=Text,
    )
    in_force = and_(
        Subscription.user_id == marks.c.user_id, state.in_([known.value for known in IN_FORCE])
    )
    return (
        select(
            marks.c.user_id,
            marks.c.at,
            func.coalesce(cast(Subscription.plan, Text), "none").label("plan"),
        )
        .select_from(marks)
        .outerjoin(Subscription, in_force)
        .ext(distinct_on(marks.c.user_id, marks.c.at))
        .order_by(
            marks.c.user_id,
            marks.c.at,
            state,
            Subscription.end_date.desc().nulls_first(),
            Subscription.id,
        )
    )


def _period(moment: Any, span: Span) -> ColumnElement[date]:
    return cast(func.date_trunc(span.step.value, moment), Date)


def _key(split: Split | None) -> ColumnElement[Any]:
    if split is None:
        return literal("")
    return {Split.PLAN: UsageDay.plan, Split.VOICE: UsageDay.voice}[split]


def _lines(span: Span, rows: Iterable[tuple[date, str, Any]]) -> list[Line]:
    """Put the amounts in their places, and zeros where there are none."""
    places = {period: place for place, period in enumerate(span.periods())}
    found: dict[str, list[float]] = {}
    for period, key, amount in rows:
        line = found.setdefault(key, [0.0] * len(places))
        line[places[period]] += float(amount)
    return [Line(key, line) for key, line in sorted(found.items())]


def _held(span: Span, rows: Iterable[tuple[date, str, Any]]) -> list[Line]:
    """Add up changes to what was held at the end of each period."""
    return [Line(line.key, list(accumulate(line.values))) for line in _lines(span, rows)]
