"""Taking subscriptions from a file: looked at first, then all that is right, in one go.

The same file twice changes nothing the second time: a line finds the subscription of that person
with that plan and that start, and makes one only where there is none.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

import scope
from errors import Conflict, NotFound
from extensions import db
from models import SubscriptionImport, SubscriptionStatus
from services import audit, clock, subscription_files
from services.audit import Deed, Person
from services.subscription_comparison import Finding, Outcome, compare
from services.subscription_rules import Cancel
from services.subscription_writing import as_json, write
from services.subscription_writing import insert as insert_all

ACTION, EXPIRED = "subscription.imported", "subscription.expired"
KEPT_HOURS = 24
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Examined:
    """A file and what it would do."""

    id: UUID
    name: str
    applied_at: datetime | None
    result: dict[str, int]
    """What it did, once it was applied."""
    header: list[str]
    outcomes: list[Outcome]

    @property
    def counts(self) -> Counter[str]:
        """Return how many lines come to what."""
        return Counter(outcome.finding.value for outcome in self.outcomes)

    @property
    def wrong(self) -> list[Outcome]:
        """Return the lines that can't be taken."""
        return [outcome for outcome in self.outcomes if outcome.finding is Finding.WRONG]


def keep(admin: Person, name: str, data: bytes, zone: str) -> UUID:
    """Keep a file to be looked at; the caller commits.

    Raises:
        BrokenFile: it can't be read, and nothing is kept.
    """
    text = subscription_files.decode(data)
    subscription_files.read(text, clock.zone(zone))
    statement = insert(SubscriptionImport).values(
        user_id=admin.id, name=name[:LONGEST_NAME], zone=zone, content=text
    )
    return db.session.execute(statement.returning(SubscriptionImport.id)).scalar_one()


def examine(admin: Person, import_id: UUID) -> Examined:
    """Say what a file would do; nothing is changed.

    Raises:
        NotFound: it is not here, or another admin's.
    """
    scope.take_time()
    row = _find(admin, import_id)
    sheet = subscription_files.read(row.content, clock.zone(row.zone))
    outcomes = compare(sheet.lines, locked=False).outcomes
    return Examined(row.id, row.name, row.applied_at, row.result, sheet.header, outcomes)


def apply(admin: Person, import_id: UUID) -> Counter[str]:
    """Store every line of a file that is right; return how many lines came to what.

    The caller commits.

    Raises:
        NotFound: it is not here, or another admin's.
        Conflict: it was applied already, or somebody else was at it at the same time.
    """
    scope.take_time()
    row = _find(admin, import_id, locked=True)
    if row.applied_at is not None:
        raise Conflict("This file has been imported already.")
    sheet = subscription_files.read(row.content, clock.zone(row.zone))
    work = compare(sheet.lines, locked=True)
    reason = f"From {row.name}"
    write(admin, EXPIRED, work.outdated, reason)
    write(admin, Cancel.action, work.ended, reason)
    # Those that stop being active first, so that nobody has two in between.
    for active in (False, True):
        some = [
            (row, change)
            for row, change in work.changed
            if (change.terms.status is SubscriptionStatus.ACTIVE) is active
        ]
        write(admin, ACTION, some, reason)
    insert_all(work.new)
    deeds = [Deed(ACTION, new.owner, new.id, after=as_json(new.terms)) for new in work.new]
    audit.record_all(deeds, actor=admin, object_type="subscription", reason=reason)
    counts = Counter(outcome.finding.value for outcome in work.outcomes)
    db.session.execute(
        update(SubscriptionImport)
        .where(SubscriptionImport.id == import_id)
        .values(applied_at=func.now(), result=dict(counts))
    )
    return counts


def sweep() -> None:
    """Remove files that nobody comes back to; the caller commits."""
    old = func.now() - func.make_interval(0, 0, 0, 0, KEPT_HOURS)
    db.session.execute(delete(SubscriptionImport).where(SubscriptionImport.created_at < old))


def _find(admin: Person, import_id: UUID, locked: bool = False) -> SubscriptionImport:
    statement = select(SubscriptionImport).where(
        SubscriptionImport.id == import_id, SubscriptionImport.user_id == admin.id
    )
    row = db.session.scalars(statement.with_for_update() if locked else statement).one_or_none()
    if row is None:
        raise NotFound("This file is no longer here. Send it again.")
    return row
