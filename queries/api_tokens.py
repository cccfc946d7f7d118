"""Reads of the tokens that programs sign in with; none brings the digest along."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import ApiToken, Role, User


@dataclass(frozen=True, slots=True)
class Token:
    """A token as its owner sees it."""

    id: UUID
    name: str
    scopes: list[str]
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def expired(self) -> bool:
        """Say whether its time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)

    @property
    def works(self) -> bool:
        """Say whether it lets anybody in."""
        return self.revoked_at is None and not self.expired


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose a token is that works, and what it allows."""

    token_id: UUID
    user_id: UUID
    email: str
    role: Role
    scopes: list[str]
    last_used_at: datetime | None


def tokens_of(user_id: UUID) -> list[Token]:
    """Return a reader's tokens, those that work first and then the newest.

    SQL:
        SELECT id, name, scopes, prefix, created_at, expires_at, last_used_at, revoked_at
        FROM api_tokens
        WHERE user_id = :user_id
        ORDER BY created_at DESC, id DESC
    """
    rows = db.session.execute(
        select(
            ApiToken.id,
            ApiToken.name,
            ApiToken.scopes,
            ApiToken.prefix,
            ApiToken.created_at,
            ApiToken.expires_at,
            ApiToken.last_used_at,
            ApiToken.revoked_at,
        )
        .where(ApiToken.user_id == user_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    # A stable sort: within each half the newest stay first.
    return sorted((Token(*row) for row in rows), key=lambda token: not token.works)


def count_working(user_id: UUID) -> int:
    """Return how many of a reader's tokens let somebody in."""
    statement = select(func.count()).where(
        ApiToken.user_id == user_id,
        ApiToken.revoked_at.is_(None),
        func.coalesce(ApiToken.expires_at > func.now(), True),
    )
    return int(db.session.scalar(statement) or 0)


def find_bearer(digest: str) -> Bearer | None:
    """Return whose token has that digest; None when it lets nobody in, for whatever reason.

    SQL:
        SELECT t.id, t.user_id, u.email, u.role, t.scopes, t.last_used_at
        FROM api_tokens AS t JOIN users AS u ON u.id = t.user_id
        WHERE t.digest = :digest AND t.revoked_at IS NULL
          AND coalesce(t.expires_at > now(), true) AND u.suspended_at IS NULL
    """
    row = db.session.execute(
        select(
            ApiToken.id,
            ApiToken.user_id,
            User.email,
            User.role,
            ApiToken.scopes,
            ApiToken.last_used_at,
        )
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.digest == digest,
            ApiToken.revoked_at.is_(None),
            func.coalesce(ApiToken.expires_at > func.now(), True),
            User.suspended_at.is_(None),
        )
    ).one_or_none()
    return Bearer(*row) if row else None
