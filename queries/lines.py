"""Numbers over time, as charts read them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, cast, func

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


def period_of(moment: Any, span: Span) -> ColumnElement[date]:
    """Return SQL for the period that holds a day or a moment of UTC."""
    return cast(func.date_trunc(span.step.value, cast(moment, DateTime)), Date)


def lines_of(span: Span, rows: Iterable[Sequence[Any]]) -> list[Line]:
    """Put amounts (period, key, amount) in their places, and zeros where there are none."""
    places = {period: place for place, period in enumerate(span.periods())}
    found: dict[str, list[float]] = {}
    for period, key, amount in rows:
        line = found.setdefault(key, [0.0] * len(places))
        line[places[period]] += float(amount)
    return [Line(key, line) for key, line in sorted(found.items())]


def held_of(span: Span, rows: Iterable[Sequence[Any]]) -> list[Line]:
    """Add up changes to what was held at the end of each period."""
    return [Line(line.key, list(accumulate(line.values))) for line in lines_of(span, rows)]
