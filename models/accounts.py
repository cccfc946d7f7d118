"""People, the links mailed to them, and how often somebody may knock."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, TextEnum, Timestamp, UuidKey, one_of


class Role(StrEnum):
    """What a person may do."""

    READER = "reader"
    ADMIN = "admin"


class User(Base):
    """A person with an account."""

    __tablename__ = "users"
    __table_args__ = (
        Index("idx_users_email", text("lower(email)"), unique=True),
        one_of("role", Role, "valid_role"),
        CheckConstraint("session_epoch > 0", name="valid_session_epoch"),
        Index("idx_users_latest", text("created_at DESC"), text("id DESC")),
    )

    id: Mapped[UuidKey]
    email: Mapped[LongText]
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    role: Mapped[Role] = mapped_column(TextEnum(Role), server_default=Role.READER)
    password_hash: Mapped[str | None] = mapped_column(Text)
    """argon2id; None for somebody who cannot sign in with a password."""
    session_epoch: Mapped[int] = mapped_column(server_default=text("1"))
    """Sessions carry this number; raising it ends all of them."""
    last_seen_at: Mapped[Timestamp | None]
    suspended_at: Mapped[Timestamp | None]
    suspended_for: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """Why, in an admin's words, for admins only."""


class TokenPurpose(StrEnum):
    """What a mailed link is for."""

    RESET = "reset"
    INVITE = "invite"


class AccountToken(Base):
    """A link that was mailed once; only the digest of its secret is kept."""

    __tablename__ = "account_tokens"
    __table_args__ = (
        one_of("purpose", TokenPurpose, "valid_purpose"),
        one_of("role", Role, "valid_token_role"),
        CheckConstraint("purpose <> 'reset' OR user_id IS NOT NULL", name="reset_has_user"),
        Index("idx_account_tokens_user_id", "user_id"),
        Index("uq_account_tokens_id", "id", unique=True),
    )

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    """SHA-256 of the secret in the link, in hexadecimal."""
    purpose: Mapped[TokenPurpose] = mapped_column(TextEnum(TokenPurpose))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[LongText]
    role: Mapped[Role] = mapped_column(TextEnum(Role), server_default=Role.READER)
    """The role that an invitation gives."""
    created_at: Mapped[Now]
    expires_at: Mapped[Timestamp]
    used_at: Mapped[Timestamp | None]
    id: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    """What pages call it, because the digest is nobody's business."""


class Throttle(Base):
    """How often something was tried within the current window."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    """What is counted, such as `sign-in:` and the digest of an address."""
    tries: Mapped[int]
    window_ends_at: Mapped[Timestamp]
