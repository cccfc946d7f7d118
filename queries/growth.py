"""Reads about what there was at the end of each period: people on their plans, bytes stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
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
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import distinct_on

from extensions import db
from models import Subscription, UsageDay, UsageSummary, User
from models.subscriptions import IN_FORCE
from models.usage import STORED
from queries.lines import Line, Split, held_of, period_of
from queries.periods import Span, Step, beginning


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
        period = func.greatest(period_of(func.timezone("UTC", User.created_at), span), span.first)
        rows = db.session.execute(
            select(period, literal(""), func.count())
            .where(User.created_at <= func.now(), User.created_at < span.ends_at)
            .group_by(period)
        ).all()
        return held_of(span, rows)
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
    period = func.greatest(period_of(func.timezone("UTC", moves.c.at), span), span.first)
    rows = db.session.execute(
        select(period, turn.c.plan, func.sum(turn.c.people))
        .select_from(moves)
        .join(turn, literal(True))
        .where(turn.c.people != 0)
        .group_by(period, turn.c.plan)
    ).all()
    return held_of(span, rows)


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
        ), changes AS MATERIALIZED (
            SELECT user_id, day, quantity FROM usage_daily
            WHERE action = 'stored' AND day < :until
        )
        SELECT c.day, p.plan, sum(c.quantity)
        FROM changes AS c JOIN plans AS p ON p.user_id = c.user_id
        GROUP BY c.day, p.plan
    """
    if split is not Split.PLAN:
        statement: Any = union_all(
            select(UsageSummary.period, UsageSummary.key, UsageSummary.quantity).where(
                UsageSummary.step == Step.DAY.value,
                UsageSummary.split == "",
                UsageSummary.action == STORED,
                UsageSummary.period < span.until,
            ),
            select(UsageDay.day, literal(""), func.sum(UsageDay.quantity))
            .where(UsageDay.action == STORED, ~UsageDay.folded, UsageDay.day < span.until)
            .group_by(UsageDay.day),
        )
    else:
        everybody = select(User.id.label("user_id"), func.now().label("at")).subquery("marks")
        # Each apart, so that the two are joined as wholes and nothing is asked once a row.
        plans = _plans_at(everybody).cte("plans").prefix_with("MATERIALIZED")
        changes = (
            select(UsageDay.user_id, UsageDay.day, UsageDay.quantity)
            .where(UsageDay.action == STORED, UsageDay.day < span.until)
            .cte("changes")
            .prefix_with("MATERIALIZED")
        )
        statement = (
            select(changes.c.day, plans.c.plan, func.sum(changes.c.quantity))
            .join(plans, plans.c.user_id == changes.c.user_id)
            .group_by(changes.c.day, plans.c.plan)
        )
    rows = db.session.execute(statement)
    return held_of(
        span,
        [(beginning(max(day, span.first), span.step), key, gained) for day, key, gained in rows],
    )


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
