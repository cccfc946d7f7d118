"""Reads about people, and about the links mailed to them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from extensions import db
from models import AccountToken, Role, User
from models.accounts import TokenPurpose


@dataclass(frozen=True, slots=True)
class Account:
    """What a session must know about its user."""

    id: UUID
    email: str
    role: Role
    session_epoch: int
    suspended: bool


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account with what its password is checked against."""

    account: Account
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the account page shows."""

    email: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A link that still works: whose it is, and what it gives."""

    email: str
    role: Role
    user_id: UUID | None


_ACCOUNT = (
    User.id,
    User.email,
    User.role,
    User.session_epoch,
    User.suspended_at.is_not(None).label("suspended"),
)


def anybody() -> bool:
    """Say whether there is any account at all."""
    return bool(db.session.scalar(select(exists(select(User.id)))))


def find_account(user_id: UUID) -> Account | None:
    """Return the account, suspended or not, or None."""
    row = db.session.execute(select(*_ACCOUNT).where(User.id == user_id)).one_or_none()
    return Account(*row) if row else None


def find_signed_in(user_id: UUID) -> tuple[Account, datetime | None, Any] | None:
    """Return the account, when it was seen, and how its reader likes to read, or None.

    SQL:
        SELECT id, email, role, session_epoch, suspended_at IS NOT NULL, last_seen_at,
               metadata -> 'reading'
        FROM users WHERE id = :user_id
    """
    row = db.session.execute(
        select(*_ACCOUNT, User.last_seen_at, User.metadata_["reading"]).where(User.id == user_id)
    ).one_or_none()
    return (Account(*row[:-2]), row[-2], row[-1]) if row else None


def find_profile(user_id: UUID) -> Profile | None:
    """Return what its owner is shown of an account, or None."""
    statement = select(User.email, User.role, User.created_at).where(User.id == user_id)
    row = db.session.execute(statement).one_or_none()
    return Profile(*row) if row else None


def find_credentials(email: str) -> Credentials | None:
    """Return the account behind an address, in whatever case it is typed, or None."""
    return _credentials(func.lower(User.email) == func.lower(email))


def find_own_credentials(user_id: UUID) -> Credentials | None:
    """Return the account with its hash, for somebody who is signed in."""
    return _credentials(User.id == user_id)


def find_token(purpose: TokenPurpose, digest: str) -> Token | None:
    """Return what a mailed link gives, or None when it is unknown, used or too old."""
    statement = select(AccountToken.email, AccountToken.role, AccountToken.user_id).where(
        AccountToken.digest == digest,
        AccountToken.purpose == purpose,
        AccountToken.used_at.is_(None),
        AccountToken.expires_at > func.now(),
    )
    row = db.session.execute(statement).one_or_none()
    return Token(*row) if row else None


def _credentials(condition: ColumnElement[bool]) -> Credentials | None:
    statement = select(User.password_hash, *_ACCOUNT).where(condition)
    row = db.session.execute(statement).one_or_none()
    return Credentials(Account(*row[1:]), row[0]) if row else None
