"""Reads of the audit log, for admins only."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select, tuple_

from extensions import db
from models import AuditEntry
from queries.paging import Cursor
from queries.sorting import containing


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, with everything that was written down about it."""

    id: UUID
    created_at: datetime
    actor_id: UUID | None
    actor_email: str
    action: str
    subject_id: UUID | None
    subject_email: str
    object_type: str
    object_id: UUID | None
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries a list or an export is about; None and the empty text ask nothing."""

    search: str = ""
    """In acts, addresses of people, reasons, and what was before and after."""
    actor: str = ""
    """Part of the address of who acted; `SITE` is the site itself and its command line."""
    subject: str = ""
    """Part of the address of whom it concerned."""
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not wanted any more."""


SITE = "command line"

_COLUMNS = tuple(getattr(AuditEntry, one.name) for one in fields(Entry))


def list_entries(wanted: Wanted, before: Cursor | None = None, limit: int = 50) -> list[Entry]:
    """Return entries, the newest first, from right behind a place; ask for one more to page.

    SQL:
        SELECT id, created_at, actor_id, actor_email, action, subject_id, subject_email,
               object_type, object_id, reason, before, after, address, agent
        FROM audit_log
        ORDER BY created_at DESC, id DESC LIMIT :limit
    """
    statement = _entries(wanted).limit(limit)
    if before:
        statement = statement.where(
            tuple_(AuditEntry.created_at, AuditEntry.id) < (before.created_at, before.id)
        )
    return [Entry(*row) for row in db.session.execute(statement)]


def every_entry(wanted: Wanted) -> Iterator[Entry]:
    """Yield all entries that are wanted, the newest first, as the database sends them."""
    for row in db.session.execute(_entries(wanted).execution_options(yield_per=500)):
        yield Entry(*row)


def count_entries(wanted: Wanted) -> int:
    """Count the entries that are wanted."""
    statement = select(func.count()).select_from(AuditEntry).where(*_conditions(wanted))
    return db.session.scalar(statement) or 0


def moment() -> datetime:
    """Return when this transaction began: what it writes down itself is not before it."""
    return db.session.execute(select(func.now())).scalar_one()


def used_actions() -> list[str]:
    """Return every action that the log holds, in order.

    SQL:
        SELECT DISTINCT action FROM audit_log ORDER BY action
    """
    return list(
        db.session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))
    )


def _entries(wanted: Wanted) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(*_conditions(wanted))
        .order_by(AuditEntry.created_at.desc(), AuditEntry.id.desc())
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor.casefold() == SITE:
        conditions.append(AuditEntry.actor_id.is_(None))
    elif wanted.actor:
        conditions.append(containing(AuditEntry.actor_email, wanted.actor))
    if wanted.subject:
        conditions.append(containing(AuditEntry.subject_email, wanted.subject))
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.since:
        conditions.append(AuditEntry.created_at >= wanted.since)
    if wanted.until:
        conditions.append(AuditEntry.created_at < wanted.until)
    if wanted.search:
        places = (
            AuditEntry.action,
            AuditEntry.actor_email,
            AuditEntry.subject_email,
            AuditEntry.reason,
            AuditEntry.address,
            cast(AuditEntry.before, Text),
            cast(AuditEntry.after, Text),
        )
        conditions.append(or_(*(containing(place, wanted.search) for place in places)))
    return conditions
