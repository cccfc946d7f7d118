"""What happened to an account, and what its owner did as far as admins may know."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, literal, literal_column, null, select, tuple_, union_all

from extensions import db
from models import AuditEntry, UsageMetric
from queries.paging import Cursor

SHOWN = ("signed_up", "signed_in", "exported")
"""The usage actions that tell nothing of what somebody reads."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline: an audit entry, or something the owner did."""

    id: UUID
    created_at: datetime
    action: str
    audited: bool
    actor_id: UUID | None
    actor_email: str
    subject_email: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]


def timeline_of(user_id: UUID, before: Cursor | None = None, limit: int = 30) -> list[Event]:
    """Return what happened, the newest first, from right behind a place; for admins.

    Each source is read from its own index only as far as the page goes.

    SQL:
        SELECT * FROM (
            (SELECT id, created_at, action, true AS audited, actor_id, actor_email,
                    subject_email, reason, before, after
             FROM audit_log WHERE subject_id = :user_id
             ORDER BY created_at DESC, id DESC LIMIT :limit)
            UNION ALL
            (SELECT id, created_at, action, true, actor_id, actor_email,
                    subject_email, reason, before, after
             FROM audit_log WHERE actor_id = :user_id AND subject_id IS DISTINCT FROM actor_id
             ORDER BY created_at DESC, id DESC LIMIT :limit)
            UNION ALL
            (SELECT id, created_at, action, false, NULL, '', '', '', '{}', '{}'
             FROM usage_metrics WHERE user_id = :user_id
               AND action IN ('signed_up', 'signed_in', 'exported')
             ORDER BY created_at DESC, id DESC LIMIT :limit)
        ) AS events
        ORDER BY created_at DESC, id DESC LIMIT :limit
    """
    about = _audited().where(AuditEntry.subject_id == user_id)
    by = _audited().where(
        AuditEntry.actor_id == user_id, AuditEntry.subject_id.is_distinct_from(AuditEntry.actor_id)
    )
    nothing = literal_column("'{}'::jsonb", AuditEntry.before.type)
    did = select(
        UsageMetric.id,
        UsageMetric.created_at,
        UsageMetric.action,
        literal(False),
        null(),
        literal("", Text),
        literal("", Text),
        literal("", Text),
        nothing,
        nothing,
    ).where(UsageMetric.user_id == user_id, UsageMetric.action.in_(SHOWN))
    events = union_all(
        _first(about, AuditEntry, before, limit),
        _first(by, AuditEntry, before, limit),
        _first(did, UsageMetric, before, limit),
    ).subquery("events")
    statement = select(events).order_by(events.c.created_at.desc(), events.c.id.desc()).limit(limit)
    return [Event(*row) for row in db.session.execute(statement)]


def _audited() -> Select[Any]:
    return select(
        AuditEntry.id,
        AuditEntry.created_at,
        AuditEntry.action,
        literal(True).label("audited"),
        AuditEntry.actor_id,
        AuditEntry.actor_email,
        AuditEntry.subject_email,
        AuditEntry.reason,
        AuditEntry.before,
        AuditEntry.after,
    )


def _first(statement: Select[Any], table: Any, before: Cursor | None, limit: int) -> Select[Any]:
    if before:
        statement = statement.where(
            tuple_(table.created_at, table.id) < (before.created_at, before.id)
        )
    return statement.order_by(table.created_at.desc(), table.id.desc()).limit(limit)
