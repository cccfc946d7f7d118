"""Reads about what one reader used, for their own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import UsageDay
from queries.periods import Span


@dataclass(frozen=True, slots=True)
class Amount:
    """How often something was done, and how much of it."""

    events: int = 0
    quantity: float = 0.0


@dataclass(frozen=True, slots=True)
class DayUsed:
    """One day of a reader; what they did not do is missing."""

    day: date
    amounts: Mapping[str, Amount]

    def events(self, action: str) -> int:
        """Return how often they did something."""
        return self.amounts.get(action, Amount()).events

    def quantity(self, action: str) -> float:
        """Return how much of something: characters, seconds or bytes."""
        return self.amounts.get(action, Amount()).quantity


def days_of(user_id: UUID, span: Span) -> list[DayUsed]:
    """Return every day of a span, oldest first, in one statement; days without a row are empty.

    SQL:
        SELECT day, action, sum(events), sum(quantity)
        FROM usage_daily
        WHERE user_id = :user_id AND day >= :first AND day < :until
        GROUP BY day, action
    """
    rows = db.session.execute(
        select(
            UsageDay.day, UsageDay.action, func.sum(UsageDay.events), func.sum(UsageDay.quantity)
        )
        .where(UsageDay.user_id == user_id, UsageDay.day >= span.first, UsageDay.day <= span.last)
        .group_by(UsageDay.day, UsageDay.action)
    )
    found: dict[date, dict[str, Amount]] = {}
    for day, action, events, quantity in rows:
        found.setdefault(day, {})[action] = Amount(int(events), float(quantity))
    every_day = Span(span.first, span.last).periods()
    return [DayUsed(day, found.get(day, {})) for day in every_day]


def top_voices(user_id: UUID, since: date, limit: int = 5) -> Sequence[tuple[str, int, float]]:
    """Return the voices that read most to a reader: id, narrations, characters.

    SQL:
        SELECT voice, sum(events), sum(quantity) FROM usage_daily
        WHERE user_id = :user_id AND day >= :since AND action = 'narrated' AND voice <> ''
        GROUP BY voice ORDER BY sum(quantity) DESC, voice LIMIT CAST(:limit AS integer)
    """
    characters = func.sum(UsageDay.quantity)
    rows = db.session.execute(
        select(UsageDay.voice, func.sum(UsageDay.events), characters)
        .where(
            UsageDay.user_id == user_id,
            UsageDay.day >= since,
            UsageDay.action == "narrated",
            UsageDay.voice != "",
        )
        .group_by(UsageDay.voice)
        .order_by(characters.desc(), UsageDay.voice)
        .limit(limit)
    ).all()
    return [(voice, int(events), float(quantity)) for voice, events, quantity in rows]
