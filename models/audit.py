"""Who did what to whom."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Now, UuidKey

_EMPTY = text("''")
_NOTHING = text("'{}'::jsonb")


class AuditEntry(Base):
    """One act; added once and never changed.

    People stand here by id and address without foreign keys, so that the log outlives them.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("action <> ''", name="valid_action"),
        Index("idx_audit_latest", text("created_at DESC"), text("id DESC")),
        Index("idx_audit_actor", "actor_id", text("created_at DESC"), text("id DESC")),
        Index("idx_audit_subject", "subject_id", text("created_at DESC"), text("id DESC")),
        Index("idx_audit_object", "object_id", text("created_at DESC"), text("id DESC")),
    )

    id: Mapped[UuidKey]
    created_at: Mapped[Now]
    actor_id: Mapped[UUID | None]
    """Who did it; None for the site itself, or a command on its machine."""
    actor_email: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    action: Mapped[str] = mapped_column(Text)
    """`noun.verb`, such as `subscription.extended` or `user.suspended`."""
    subject_id: Mapped[UUID | None]
    """Whom it concerns; None when nobody."""
    subject_email: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    object_type: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    object_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=_NOTHING)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=_NOTHING)
    address: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """Where the request came from; empty for a command."""
    agent: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
