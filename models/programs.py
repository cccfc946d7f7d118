"""What lets programs act for a reader, and what keeps them from doing something twice."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Now, Timestamp, UuidKey


class TokenScope(StrEnum):
    """What a token lets a program do."""

    READ_STORIES = "read:stories"
    WRITE_STORIES = "write:stories"
    READ_MEDIA = "read:media"
    WRITE_MEDIA = "write:media"
    READ_AUDIO = "read:audio"
    WRITE_AUDIO = "write:audio"
    READ_USAGE = "read:usage"


_SCOPES = ", ".join(f"'{scope.value}'" for scope in TokenScope)


class ApiToken(Base):
    """A program's way in; only the digest of its secret is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint(
            f"cardinality(scopes) > 0 AND scopes <@ ARRAY[{_SCOPES}]", name="valid_scopes"
        ),
        Index("uq_api_tokens_digest", "digest", unique=True),
        Index("idx_api_tokens_user_latest", "user_id", text("created_at DESC"), text("id DESC")),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[LongText]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    digest: Mapped[LongText]
    """SHA-256 of the secret, in hexadecimal."""
    prefix: Mapped[LongText]
    """How the secret begins, so that its owner recognises it."""
    created_at: Mapped[Now]
    expires_at: Mapped[Timestamp | None]
    """None for one that lasts until it is revoked."""
    last_used_at: Mapped[Timestamp | None]
    """Exact to a minute."""
    revoked_at: Mapped[Timestamp | None]


class IdempotencyKey(Base):
    """What was answered to a request that its sender named, to be answered again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idx_idempotency_keys_created_at", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_digest: Mapped[LongText]
    """SHA-256 of what was asked: method, path and body."""
    status: Mapped[int | None]
    """None within the transaction that is still at it."""
    body: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Now]
