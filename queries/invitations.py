"""Reads of the invitations that may still be used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from extensions import db
from models import AccountToken, Role
from models.accounts import TokenPurpose


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that somebody was sent; its secret is known to nobody here."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime


def is_open() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a row is an invitation that still works."""
    return (
        AccountToken.purpose == TokenPurpose.INVITE,
        AccountToken.used_at.is_(None),
        AccountToken.expires_at > func.now(),
    )


def open_invitations() -> list[Invitation]:
    """Return the invitations that still work, the newest first; for admins.

    SQL:
        SELECT id, email, role, created_at, expires_at FROM account_tokens
        WHERE purpose = 'invite' AND used_at IS NULL AND expires_at > now()
        ORDER BY created_at DESC, id DESC LIMIT 500
    """
    statement = (
        select(
            AccountToken.id,
            AccountToken.email,
            AccountToken.role,
            AccountToken.created_at,
            AccountToken.expires_at,
        )
        .where(*is_open())
        .order_by(AccountToken.created_at.desc(), AccountToken.id.desc())
        .limit(500)
    )
    return [Invitation(*row) for row in db.session.execute(statement)]


def count_open() -> int:
    """Count the invitations that still work."""
    return db.session.scalar(select(func.count()).where(*is_open())) or 0
