"""Links that are mailed once: a random secret in the link, only its digest in the database."""

import hashlib
import secrets
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, update

from errors import AppError
from extensions import db
from models import AccountToken, Role, User
from models.accounts import TokenPurpose
from queries import accounts as account_queries
from queries.accounts import Token

RESET_LASTS = timedelta(hours=1)
INVITATION_LASTS = timedelta(days=7)
_KEPT = timedelta(days=30)
"""How long a dead link's row stays, so that somebody can look up what happened."""


class LinkDead(AppError):
    """The link is unknown, used, replaced or too old; which of them nobody is told."""

    status = 410

    def __init__(self, message: str, purpose: TokenPurpose) -> None:
        super().__init__(message)
        self.purpose = purpose


def issue_reset(email: str) -> tuple[str, str | None]:
    """Make a link's secret, and return it with the address to mail it to.

    The address is None when no account that may sign in has it; the statements are the same
    either way. The caller commits.
    """
    secret = _secret()
    source = select(
        literal(_digest(secret)),
        literal(TokenPurpose.RESET.value),
        User.id,
        User.email,
        func.now() + RESET_LASTS,
    ).where(func.lower(User.email) == func.lower(email), User.suspended_at.is_(None))
    columns = ["digest", "purpose", "user_id", "email", "expires_at"]
    statement = insert(AccountToken).from_select(columns, source, include_defaults=False)
    address = db.session.scalar(statement.returning(AccountToken.email))
    sweep()
    return secret, address


def issue_invitation(email: str, role: Role) -> str:
    """Make the secret of an invitation for one address; the caller commits."""
    secret = _secret()
    db.session.execute(
        insert(AccountToken).values(
            digest=_digest(secret),
            purpose=TokenPurpose.INVITE,
            email=email,
            role=role,
            expires_at=func.now() + INVITATION_LASTS,
        )
    )
    sweep()
    return secret


def look_at(purpose: TokenPurpose, secret: str) -> Token:
    """Return what a link gives, without using it up: a mail scanner may open it first.

    Raises:
        LinkDead: the link no longer works, or never did.
    """
    return account_queries.find_token(purpose, _digest(secret)) or _refuse(purpose)


def use(purpose: TokenPurpose, secret: str) -> Token:
    """Use a link up and return what it gives; of two at once only one gets it.

    The caller commits; rolling back makes the link work again.

    Raises:
        LinkDead: the link no longer works, or never did.
    """
    statement = (
        update(AccountToken)
        .where(
            AccountToken.digest == _digest(secret),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(AccountToken.email, AccountToken.role, AccountToken.user_id)
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(statement).one_or_none()
    return Token(*row) if row else _refuse(purpose)


def end_resets(user_id: UUID) -> None:
    """Let no mailed link set this user's password any more."""
    db.session.execute(
        update(AccountToken)
        .where(
            AccountToken.user_id == user_id,
            AccountToken.purpose == TokenPurpose.RESET,
            AccountToken.used_at.is_(None),
        )
        .values(used_at=func.now())
        .execution_options(synchronize_session=False)
    )


def sweep() -> None:
    """Remove links that have been dead for a month."""
    db.session.execute(
        delete(AccountToken)
        .where(AccountToken.expires_at < func.now() - _KEPT)
        .execution_options(synchronize_session=False)
    )


def _refuse(purpose: TokenPurpose) -> NoReturn:
    if purpose == TokenPurpose.RESET:
        message = "It has been used, or is older than an hour."
    else:
        message = "It has been used, or is older than seven days."
    raise LinkDead(message, purpose)


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
