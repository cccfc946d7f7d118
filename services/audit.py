"""Writing down who did what to whom, in the transaction that does it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import insert, text

from extensions import db
from models import AuditEntry

LONGEST_AGENT = 300
AT_ONCE = 5000
"""Entries that one statement adds."""

# The arrays are as long as each other; what one request has in common is said once.
_MANY = text("""
    INSERT INTO audit_log (actor_id, actor_email, reason, address, agent, object_type,
                           action, subject_id, subject_email, object_id, before, after)
    SELECT :actor_id, :actor_email, :reason, :address, :agent, :object_type,
           one.action, one.subject_id, one.subject_email, one.object_id,
           CAST(one.before AS jsonb), CAST(one.after AS jsonb)
    FROM unnest(CAST(:actions AS text[]), CAST(:subject_ids AS uuid[]),
                CAST(:subject_emails AS text[]), CAST(:object_ids AS uuid[]),
                CAST(:befores AS text[]), CAST(:afters AS text[]))
         AS one (action, subject_id, subject_email, object_id, before, after)
""")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the log names them."""

    id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One of many acts that a single request does."""

    action: str
    subject: Person
    object_id: UUID
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def record(
    action: str,
    *,
    actor: Person | None = None,
    subject: Person | None = None,
    object_type: str = "",
    object_id: UUID | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add one entry; the caller commits, so that act and entry stand or fall together.

    `actor` is None for the site itself and for commands on its machine. `before` and `after`
    hold what JSON can: texts, numbers, times in ISO form. Where it came from is taken from the
    request.
    """
    asked = has_request_context()
    db.session.execute(
        # Inline, so that nothing is read back: whoever may add an entry may not read them.
        insert(AuditEntry)
        .inline()
        .values(
            action=action,
            actor_id=actor.id if actor else None,
            actor_email=actor.email if actor else "",
            subject_id=subject.id if subject else None,
            subject_email=subject.email if subject else "",
            object_type=object_type,
            object_id=object_id,
            reason=reason,
            before=dict(before or {}),
            after=dict(after or {}),
            address=(request.remote_addr or "") if asked else "",
            agent=request.user_agent.string[:LONGEST_AGENT] if asked else "",
        )
    )


def record_all(
    deeds: Sequence[Deed], *, actor: Person | None = None, object_type: str, reason: str = ""
) -> None:
    """Add many entries at the cost of a few statements; else as `record`."""
    asked = has_request_context()
    for first in range(0, len(deeds), AT_ONCE):
        some = deeds[first : first + AT_ONCE]
        db.session.execute(
            _MANY,
            {
                "actor_id": actor.id if actor else None,
                "actor_email": actor.email if actor else "",
                "reason": reason,
                "address": (request.remote_addr or "") if asked else "",
                "agent": request.user_agent.string[:LONGEST_AGENT] if asked else "",
                "object_type": object_type,
                "actions": [deed.action for deed in some],
                "subject_ids": [deed.subject.id for deed in some],
                "subject_emails": [deed.subject.email for deed in some],
                "object_ids": [deed.object_id for deed in some],
                "befores": [json.dumps(dict(deed.before)) for deed in some],
                "afters": [json.dumps(dict(deed.after)) for deed in some],
            },
        )
