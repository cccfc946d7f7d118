"""One act on many subscriptions: on those that were ticked, or on all that were filtered.

Only what was seen is touched. Whoever looked at the table saw it at a moment; rows that came or
changed since are left alone and counted.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement

import scope
from errors import Conflict, InvalidInput
from models import Subscription
from queries import subscription_kinds
from queries.subscriptions import SubscriptionRow, Wanted, matches
from services.audit import Person
from services.subscription_rules import Act, Change, Refused
from services.subscription_writing import lock, write

MOST_IDS = 10_000
EXAMPLES = 6
CHANGED = "changed since you looked"


class Grown(Conflict):
    """More is filtered than was seen."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen: `ids`, or everything that `wanted` matched, as it was at `seen_at`."""

    wanted: Wanted
    seen_at: datetime
    count: int
    """How many the page named."""
    ids: tuple[UUID, ...] | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """Return the condition of what was chosen and is still as it was seen."""
        if self.ids is None:
            return matches(self.wanted)
        unchanged = Wanted(seen_at=self.seen_at)
        return Subscription.id.in_(self.ids) & matches(unchanged)


@dataclass(frozen=True, slots=True)
class Report:
    """What an act did, or would do."""

    done: int
    skipped: Counter[str]
    """How many were left alone, by reason; each goes on from "it"."""

    @property
    def left(self) -> int:
        """Return how many were left alone in all."""
        return self.skipped.total()

    @property
    def reasons(self) -> str:
        """Return the reasons in one line: "9 had ended, 3 have no end"."""
        return ", ".join(f"{count:,} {_words(why, count)}" for why, count in self.skipped.items())


def preview(selection: Selection, acts: Sequence[Act]) -> list[Report]:
    """Say what each of several acts would do; nothing is changed.

    Rows that are alike to every rule are counted, not read, so that it costs the same for many.

    Raises:
        InvalidInput: too many ids.
        Grown: more matches than was seen.
    """
    scope.take_time()
    _check(selection)
    kinds = subscription_kinds.kinds(selection.condition)
    left = _missing(selection, sum(count for _, count in kinds))
    reports = []
    for what in acts:
        done, skipped = 0, Counter(left)
        for row, count in kinds:
            try:
                what.change(row, row.created_at)
                done += count
            except Refused as refusal:
                skipped[str(refusal)] += count
        reports.append(Report(done, skipped))
    return reports


def examples(selection: Selection) -> list[SubscriptionRow]:
    """Return a few of the rows that were chosen."""
    return subscription_kinds.some(selection.condition, EXAMPLES)


def apply(actor: Person, selection: Selection, what: Act, reason: str = "") -> Report:
    """Do it to all it applies to, and say what was left alone. The caller commits.

    Raises:
        InvalidInput: too many ids.
        Grown: more matches than was seen; nothing was changed.
    """
    scope.take_time()
    _check(selection)
    rows, now = lock(selection.condition)
    left = _missing(selection, len(rows))
    changes, skipped = _sort_out(rows, what, now)
    write(actor, what.action, changes, reason)
    return Report(len(changes), skipped + left)


def _check(selection: Selection) -> None:
    if selection.ids is not None and len(selection.ids) > MOST_IDS:
        raise InvalidInput(f"Tick up to {MOST_IDS:,} rows at a time, or filter and choose all.")


def _sort_out(
    rows: Sequence[SubscriptionRow], what: Act, now: datetime
) -> tuple[list[tuple[SubscriptionRow, Change]], Counter[str]]:
    changes: list[tuple[SubscriptionRow, Change]] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        try:
            changes.append((row, what.change(row, now)))
        except Refused as refusal:
            skipped[str(refusal)] += 1
    return changes, skipped


def _missing(selection: Selection, found: int) -> Counter[str]:
    """Count what was seen and is no longer as it was.

    Raises:
        Grown: there is more than was seen.
    """
    if found > selection.count:
        raise Grown(
            f"You saw {selection.count:,} and now {found:,} match. Nothing was changed;"
            " look at the list again."
        )
    return +Counter({CHANGED: selection.count - found})


def _words(why: str, count: int) -> str:
    """Turn "has ended" and "is cancelled" into what is said of several."""
    if count == 1:
        return why
    verb, _, rest = why.partition(" ")
    return f"{_SEVERAL.get(verb, verb)} {rest}"


_SEVERAL = {"has": "have", "is": "are", "ends": "end"}
