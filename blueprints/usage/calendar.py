"""A year of days as a map: one column a week, one row a weekday, the shade says how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, sqrt

from blueprints.usage.units import listened

CELL, GAP = 11, 3
LEVELS = 4
LEFT, ABOVE = 28, 18
"""Room for the names of days and months."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day; `level` goes from 0, nothing, to LEVELS."""

    x: int
    y: int
    level: int
    words: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """The map, and how to say it."""

    cells: Sequence[Cell]
    months: Sequence[tuple[int, str]]
    width: int
    height: int
    size: int
    days: int
    """How many days have anything."""
    streak: int
    """The most of them in a row."""
    summary: str


def calendar(days: Sequence[tuple[date, float]]) -> Calendar:
    """Lay out consecutive days and the seconds heard on each."""
    most = max((seconds for _, seconds in days), default=0.0)
    offset = days[0][0].weekday() if days else 0
    cells, months = [], []
    for number, (day, seconds) in enumerate(days):
        week, weekday = divmod(number + offset, 7)
        x = LEFT + week * (CELL + GAP)
        # The square root, so that a few minutes are seen beside a few hours.
        level = ceil(LEVELS * sqrt(seconds / most)) if seconds > 0 else 0
        words = f"{day:%a} {day.day} {day:%b %Y}: {listened(seconds) if seconds else 'nothing'}"
        cells.append(Cell(x, ABOVE + weekday * (CELL + GAP), level, words))
        if day.day == 1 and len(days) - number > 14:
            months.append((x, f"{day:%b}"))
    weeks = -(-(len(days) + offset) // 7)
    heard = sum(seconds > 0 for _, seconds in days)
    longest = _streak(days)
    return Calendar(
        cells=cells,
        months=months,
        width=LEFT + weeks * (CELL + GAP),
        height=ABOVE + 7 * (CELL + GAP),
        size=CELL,
        days=heard,
        streak=longest,
        summary=f"You listened on {heard} of {len(days)} days, at most {longest} in a row."
        if heard
        else f"You listened on none of the last {len(days)} days.",
    )


def _streak(days: Sequence[tuple[date, float]]) -> int:
    longest = running = 0
    for _, seconds in days:
        running = running + 1 if seconds > 0 else 0
        longest = max(longest, running)
    return longest
