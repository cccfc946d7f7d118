"""Days, weeks and months of UTC, as charts count by them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Self


class Step(StrEnum):
    """What one bar of a chart stands for; PostgreSQL's date_trunc() knows the same words."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


MOST_PERIODS = 400


@dataclass(frozen=True, slots=True)
class Span:
    """Whole periods from the one that holds `first` to the one that holds `last`."""

    first: date
    last: date
    step: Step = Step.DAY

    @classmethod
    def whole(cls, first: date, last: date, step: Step) -> Self:
        """Return the span from the beginning of the period that holds `first`.

        Steps become longer when there would be more than MOST_PERIODS.
        """
        first, last = min(first, last), max(first, last)
        if step is Step.DAY and (last - first).days >= MOST_PERIODS:
            step = Step.WEEK
        if step is Step.WEEK and (last - first).days >= MOST_PERIODS * 7:
            step = Step.MONTH
        return cls(beginning(first, step), last, step)

    @classmethod
    def days_until(cls, last: date, days: int) -> Self:
        """Return the span of that many days, `last` being the last."""
        return cls(last - timedelta(days=days - 1), last)

    def periods(self) -> list[date]:
        """Return the first day of every period, oldest first."""
        return list(self._periods())

    @property
    def until(self) -> date:
        """Return the first day after the last period."""
        return following(beginning(self.last, self.step), self.step)

    @property
    def ends_at(self) -> datetime:
        """Return the moment at which the last period is over."""
        return datetime.combine(self.until, time(), UTC)

    def _periods(self) -> Iterator[date]:
        period = self.first
        while period <= self.last:
            yield period
            period = following(period, self.step)


def beginning(day: date, step: Step) -> date:
    """Return the first day of the period that holds a day; weeks begin on Monday."""
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def following(period: date, step: Step) -> date:
    """Return the first day of the period after the one that begins on that day."""
    if step is Step.MONTH:
        return (period + timedelta(days=31)).replace(day=1)
    return period + timedelta(days=7 if step is Step.WEEK else 1)


def today() -> date:
    """Return the day of UTC."""
    return datetime.now(UTC).date()
