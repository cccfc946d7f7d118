"""Reads about what everybody used, for the charts of admins."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    cast,
    exists,
    func,
    literal,
    select,
    union_all,
)

from extensions import db
from models import UsageDay, UsageSummary, User
from queries.lines import Line, Measure, Split, lines_of, period_of
from queries.periods import Span


def used(
    span: Span, action: str, measure: Measure = Measure.EVENTS, split: Split | None = None
) -> list[Line]:
    """Return how much was used in each period; periods without a row are zero.

    Plans are those that were in force at the time. What isn't folded yet is added to the summary.

    SQL:
        SELECT period, key, quantity FROM usage_summary
        WHERE step = :step AND split = 'plan' AND action = :action
          AND period >= :first AND period < :until
        UNION ALL
        SELECT CAST(date_trunc(:step, CAST(day AS timestamp)) AS date) AS period, plan,
               sum(quantity)
        FROM usage_daily
        WHERE action = :action AND NOT folded AND day >= :first AND day < :until
        GROUP BY 1, plan
    """
    if measure is Measure.PEOPLE:
        return _people_using(span, action, split)
    amounts: dict[Measure, tuple[Any, Any]] = {
        Measure.EVENTS: (UsageSummary.events, func.sum(UsageDay.events)),
        Measure.QUANTITY: (UsageSummary.quantity, func.sum(UsageDay.quantity)),
    }
    whole, loose = amounts[measure]
    period, key = period_of(UsageDay.day, span), _key(split)
    statement = union_all(
        _summary(span, action, split, whole),
        select(period, key, loose).where(*_loose(span, action)).group_by(period, key),
    )
    return lines_of(span, db.session.execute(statement).all())


def people_who(span: Span, action: str) -> int:
    """Return how many different people did something within a span.

    SQL:
        SELECT count(*) FROM users AS u
        WHERE EXISTS (SELECT FROM usage_daily AS d
                      WHERE d.user_id = u.id AND d.day >= :first AND d.day < :until
                        AND d.action = :action)
    """
    did = exists().where(UsageDay.user_id == User.id, *_within(span, action))
    return db.session.scalar(select(func.count()).select_from(User).where(did)) or 0


def _people_using(span: Span, action: str, split: Split | None) -> list[Line]:
    """Count people from the summary, and anew in the periods that hold something loose.

    Somebody who is loose may be in the summary already, so the two can't be added up.

    SQL:
        WITH open AS (
            SELECT DISTINCT CAST(date_trunc(:step, CAST(day AS timestamp)) AS date) AS period
            FROM usage_daily
            WHERE action = :action AND NOT folded AND day >= :first AND day < :until
        )
        SELECT period, key, people FROM usage_summary
        WHERE step = :step AND split = 'plan' AND action = :action
          AND period >= :first AND period < :until AND period NOT IN (SELECT period FROM open)
        UNION ALL
        SELECT open.period, d.plan, count(DISTINCT d.user_id)
        FROM open JOIN usage_daily AS d
          ON d.action = :action AND d.day >= open.period
         AND d.day < open.period + CAST('1 ' || :step AS interval)
        GROUP BY open.period, d.plan
    """
    period = period_of(UsageDay.day, span).label("period")
    begun = select(period).where(*_loose(span, action)).distinct().cte("open")
    length = cast(literal(f"1 {span.step.value}"), Interval)
    key = _key(split)
    anew = (
        select(begun.c.period, key, func.count(UsageDay.user_id.distinct()))
        .where(
            UsageDay.action == action,
            UsageDay.day >= begun.c.period,
            UsageDay.day < begun.c.period + length,
        )
        .group_by(begun.c.period, key)
    )
    settled = _summary(span, action, split, UsageSummary.people).where(
        UsageSummary.period.not_in(select(begun.c.period))
    )
    return lines_of(span, db.session.execute(union_all(settled, anew)).all())


def _summary(span: Span, action: str, split: Split | None, amount: Any) -> Select[Any]:
    return select(UsageSummary.period, UsageSummary.key, amount).where(
        UsageSummary.step == span.step.value,
        UsageSummary.split == (split or ""),
        UsageSummary.action == action,
        UsageSummary.period >= span.first,
        UsageSummary.period < span.until,
    )


def _within(span: Span, action: str) -> list[ColumnElement[bool]]:
    return [UsageDay.action == action, UsageDay.day >= span.first, UsageDay.day < span.until]


def _loose(span: Span, action: str) -> list[ColumnElement[bool]]:
    return [*_within(span, action), ~UsageDay.folded]


def _key(split: Split | None) -> ColumnElement[Any]:
    if split is None:
        return literal("")
    columns: dict[Split, Any] = {Split.PLAN: UsageDay.plan, Split.VOICE: UsageDay.voice}
    column: ColumnElement[Any] = columns[split]
    return column
