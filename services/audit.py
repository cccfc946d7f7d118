"""Writing down who did what to whom, in the transaction that does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import has_request_context, request
from sqlalchemy import insert

from extensions import db
from models import AuditEntry

LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as the log names them."""

    id: UUID
    email: str


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
