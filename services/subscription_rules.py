"""What may be done to a subscription, and what it makes of it: no database, only rules.

Each act takes a subscription as it is and says how it shall be, or refuses in words that go on
from "was left as it was because it …".
"""

import calendar
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import ClassVar, Protocol

from models import Plan, SubscriptionStatus
from models.subscriptions import SubscriptionState
from queries.subscriptions import SubscriptionRow
from services import clock

LAST_MOMENT = timedelta(seconds=1)
"""How long before midnight a day is over, so that an end still bears its own day's date."""


class Refused(Exception):
    """An act does not apply; `str(refusal)` goes on from "it"."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What can be changed of a subscription."""

    plan: Plan
    status: SubscriptionStatus
    start_date: datetime
    end_date: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """How a subscription shall be; `opens` is another one that goes on in its place."""

    terms: Terms
    opens: Terms | None = None


class Act(Protocol):
    """Something that is done to subscriptions."""

    action: ClassVar[str]
    """As the log names it."""

    def change(self, row: SubscriptionRow, now: datetime) -> Change:
        """Return how `row` shall be.

        Raises:
            Refused: it can't be done to this one.
        """


class CancelWhen(StrEnum):
    """When a cancelled subscription ends."""

    NOW = "now"
    END = "end"
    MONTH_END = "month_end"


@dataclass(frozen=True, slots=True)
class Extend:
    """Let it end later: by months of the calendar, or at a moment."""

    action: ClassVar[str] = "subscription.extended"

    months: int = 0
    until: datetime | None = None
    where: tzinfo = UTC
    """On whose clock months are counted."""

    def change(self, row: SubscriptionRow, now: datetime) -> Change:  # noqa: ARG002
        """Move the end; whether it was cancelled stays as it is."""
        _refuse_if_over(row)
        if row.end_date is None:
            raise Refused("has no end")
        later = self.until or add_months(row.end_date, self.months, self.where)
        if later <= row.end_date:
            raise Refused("ends later already")
        return Change(replace(terms_of(row), end_date=later))


@dataclass(frozen=True, slots=True)
class Cancel:
    """Let it end now, at its end, or at the end of the month if it has none."""

    action: ClassVar[str] = "subscription.cancelled"

    when: CancelWhen = CancelWhen.NOW
    where: tzinfo = UTC

    def change(self, row: SubscriptionRow, now: datetime) -> Change:
        """Mark it as cancelled; only `now` takes access away at once."""
        _refuse_if_over(row)
        terms = replace(terms_of(row), status=SubscriptionStatus.CANCELLED)
        if self.when is CancelWhen.NOW:
            # One that never began ends where it begins.
            return Change(replace(terms, start_date=min(row.start_date, now), end_date=now))
        if row.status is SubscriptionStatus.CANCELLED:
            raise Refused("is cancelled already")
        if row.end_date is not None:
            return Change(terms)
        if self.when is CancelWhen.END:
            raise Refused("has no end")
        return Change(replace(terms, end_date=month_end(max(now, row.start_date), self.where)))


@dataclass(frozen=True, slots=True)
class Resume:
    """Let it go on after all."""

    action: ClassVar[str] = "subscription.resumed"

    def change(self, row: SubscriptionRow, now: datetime) -> Change:  # noqa: ARG002
        """Take the cancelling back, while it still runs."""
        _refuse_if_over(row)
        if row.status is not SubscriptionStatus.CANCELLED:
            raise Refused("is not cancelled")
        return Change(replace(terms_of(row), status=SubscriptionStatus.ACTIVE))


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """Move to another plan from now on, with the same end."""

    action: ClassVar[str] = "subscription.plan_changed"

    plan: Plan

    def change(self, row: SubscriptionRow, now: datetime) -> Change:
        """Close what ran under the old plan and open the rest of it under the new one."""
        _refuse_if_over(row)
        if row.plan is self.plan:
            raise Refused(f"is on {self.plan.title()} already")
        terms = terms_of(row)
        if row.state is SubscriptionState.SCHEDULED:
            # Nothing of it has been used, so there is no history to keep.
            return Change(replace(terms, plan=self.plan))
        closed = replace(terms, status=SubscriptionStatus.CANCELLED, end_date=now)
        return Change(closed, replace(terms, plan=self.plan, start_date=now))


def terms_of(row: SubscriptionRow) -> Terms:
    """Return what could be changed of a subscription."""
    return Terms(row.plan, row.status, row.start_date, row.end_date)


def give_way(row: SubscriptionRow, start: datetime, now: datetime) -> Terms:
    """Return how an active subscription ends for another that begins at `start`."""
    end = max(start, now)
    if row.end_date is not None:
        end = min(end, max(row.end_date, now))
    return Terms(row.plan, SubscriptionStatus.CANCELLED, min(row.start_date, end), end)


def add_months(when: datetime, months: int, where: tzinfo) -> datetime:
    """Return the same day and hour months later on a clock in `where`; the 31st may be the 28th."""
    local = clock.to_local(when, where)
    years, month = divmod(local.month - 1 + months, 12)
    year = local.year + years
    if year > clock.LAST_YEAR:
        raise Refused("would end too far ahead")
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return clock.from_local(local.replace(year=year, month=month + 1, day=day, tzinfo=None), where)


def month_end(when: datetime, where: tzinfo) -> datetime:
    """Return the last second of the month on a clock in `where`."""
    local = clock.to_local(when, where)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return clock.from_local(_next_month(first) - LAST_MOMENT, where)


def _next_month(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)


def _refuse_if_over(row: SubscriptionRow) -> None:
    if row.over:
        raise Refused("has ended")
