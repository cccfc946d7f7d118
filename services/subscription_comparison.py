"""Lines of a file against what is stored: what each comes to, and what is to be written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Text, Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from extensions import db
from models import Plan, Subscription, SubscriptionStatus, User
from queries.subscriptions import SubscriptionRow
from services.audit import Person
from services.subscription_files import Line
from services.subscription_rules import Change, Terms, give_way, terms_of
from services.subscription_writing import New, lock, look

ACTIVE = SubscriptionStatus.ACTIVE
EXPIRED = SubscriptionStatus.EXPIRED


class Finding(StrEnum):
    """What a line comes to."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one line comes to, and why it can't be."""

    line: Line
    finding: Finding
    error: str = ""


@dataclass(slots=True)
class Work:
    """What is to be written for a file."""

    outcomes: list[Outcome] = field(default_factory=list)
    outdated: list[tuple[SubscriptionRow, Change]] = field(default_factory=list)
    """What has expired, and must be known to before others begin."""
    ended: list[tuple[SubscriptionRow, Change]] = field(default_factory=list)
    """Free ones that give way."""
    changed: list[tuple[SubscriptionRow, Change]] = field(default_factory=list)
    new: list[New] = field(default_factory=list)


class _Wrong(Exception):
    """A line can't be taken."""


def compare(lines: Sequence[Line], *, locked: bool) -> Work:
    """Say what lines come to, with two statements however many they are.

    `locked` keeps the people and their subscriptions from others until the commit.
    """
    people = _people({line.email.lower() for line in lines if line.terms}, locked)
    read = lock if locked else look
    rows, now = read(_among(person.id for person in people.values()))
    comparison = _Comparison(people, rows, now)
    for line in lines:
        comparison.take(line)
    return comparison.work


class _Comparison:
    """The lines so far: each sees what those above it come to."""

    def __init__(
        self, people: dict[str, Person], rows: Sequence[SubscriptionRow], now: datetime
    ) -> None:
        self.people = people
        self.now = now
        self.known = {(row.user_id, row.plan, row.start_date): row for row in rows}
        self.active: dict[UUID, SubscriptionRow | int] = {
            row.user_id: row for row in rows if row.status is ACTIVE and not row.over
        }
        """Who has an active one; where a line makes it, the line's number."""
        self.lines: dict[tuple[UUID, Plan, datetime], int] = {}
        self.changed: set[UUID] = set()
        self.gone: dict[UUID, int] = {}
        """What gave way, and to which line."""
        self.work = Work(
            outdated=[
                (row, Change(replace(terms_of(row), status=EXPIRED)))
                for row in rows
                if row.status is ACTIVE and row.over
            ]
        )

    def take(self, line: Line) -> None:
        """Find out what a line comes to."""
        try:
            finding, error = self._find(line), ""
        except _Wrong as problem:
            finding, error = Finding.WRONG, str(problem)
        self.work.outcomes.append(Outcome(line, finding, error))

    def _find(self, line: Line) -> Finding:
        if line.terms is None:
            raise _Wrong(line.error)
        owner = self.people.get(line.email.lower())
        if owner is None:
            raise _Wrong("Nobody here has this address.")
        key = (owner.id, line.terms.plan, line.terms.start_date)
        if key in self.lines:
            raise _Wrong(f"It repeats line {self.lines[key]}.")
        self.lines[key] = line.number
        stored = self.known.get(key)
        if stored and stored.id in self.gone:
            raise _Wrong(f"Line {self.gone[stored.id]} puts another in its place.")
        if stored and self._as_true(terms_of(stored)) == self._as_true(line.terms):
            return Finding.UNCHANGED
        terms = self._sound(line.terms)
        if stored:
            self._change(stored, terms)
            return Finding.CHANGED
        self._open(owner, terms, line.number)
        return Finding.NEW

    def _change(self, row: SubscriptionRow, terms: Terms) -> None:
        if row.over and (terms.end_date is None or terms.end_date > self.now):
            raise _Wrong("This one has ended; give a new one a start of its own.")
        other = self.active.get(row.user_id)
        if terms.status is ACTIVE and other is not None and other is not row:
            raise _Wrong(f"{_whose(other)} is active already.")
        if other is row and terms.status is not ACTIVE:
            del self.active[row.user_id]
        elif terms.status is ACTIVE:
            self.active[row.user_id] = row
        self.changed.add(row.id)
        self.work.changed.append((row, Change(terms)))

    def _open(self, owner: Person, terms: Terms, number: int) -> None:
        if terms.status is ACTIVE:
            present = self.active.get(owner.id)
            if isinstance(present, SubscriptionRow) and self._gives_way(present, terms):
                end = give_way(present, terms.start_date, self.now)
                self.gone[present.id] = number
                self.work.ended.append((present, Change(end)))
            elif present is not None:
                raise _Wrong(f"{_whose(present)} is active already.")
            self.active[owner.id] = number
        self.work.new.append(New(uuid4(), owner, terms))

    def _gives_way(self, present: SubscriptionRow, terms: Terms) -> bool:
        """Say whether it is the free one that everybody starts with."""
        untouched = present.id not in self.changed
        return present.plan is Plan.FREE and terms.plan is not Plan.FREE and untouched

    def _sound(self, terms: Terms) -> Terms:
        """Return terms as they are stored; what is over must say when that was."""
        if terms.status is not ACTIVE and terms.end_date is None:
            raise _Wrong(f"What is {terms.status} needs an end_date.")
        if terms.status is EXPIRED and terms.end_date and terms.end_date > self.now:
            raise _Wrong("What has expired can't lie ahead.")
        return self._as_true(terms)

    def _as_true(self, terms: Terms) -> Terms:
        """Return terms with the status that they come to, written down or not."""
        if terms.status is ACTIVE and terms.end_date and terms.end_date <= self.now:
            return replace(terms, status=EXPIRED)
        return terms


def _whose(present: SubscriptionRow | int) -> str:
    if isinstance(present, int):
        return f"The one of line {present}"
    return f"Their {present.plan.title()} subscription"


def _people(emails: set[str], locked: bool) -> dict[str, Person]:
    """Return who has these addresses, by the address in small letters."""
    statement = select(func.lower(User.email), User.id, User.email).where(
        func.lower(User.email) == any_(bindparam("emails", sorted(emails), ARRAY(Text)))
    )
    if locked:
        statement = statement.order_by(User.id).with_for_update(key_share=True)
    return {low: Person(key, email) for low, key, email in db.session.execute(statement)}


def _among(ids: Iterable[UUID]) -> ColumnElement[bool]:
    return Subscription.user_id == any_(bindparam("people", list(ids), ARRAY(Uuid)))
