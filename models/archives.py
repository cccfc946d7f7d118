"""Requests to take everything out as one file, or to bring it in from one."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Now, TextEnum, Timestamp, UuidKey, one_of

_OPEN = text("status IN ('pending', 'processing')")
_EMPTY = text("''")
_ZERO = text("0")


class ArchiveKind(StrEnum):
    """Which way."""

    EXPORT = "export"
    IMPORT = "import"


class ArchiveStatus(StrEnum):
    """Life of a request; only unfinished work of a stopped worker goes back to PENDING."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Archive(Base):
    """One request of a reader; of each kind there is at most one that has not ended."""

    __tablename__ = "archives"
    __table_args__ = (
        one_of("kind", ArchiveKind, "valid_archive_kind"),
        one_of("status", ArchiveStatus, "valid_archive_status"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="valid_archive_progress"),
        CheckConstraint("byte_size >= 0", name="valid_archive_byte_size"),
        Index("idx_archives_user_latest", "user_id", text("created_at DESC"), text("id DESC")),
        Index("idx_archives_queue", "created_at", "id", postgresql_where=_OPEN),
        Index("idx_archives_expires_at", "expires_at"),
        Index("idx_archives_storage_key", "storage_key"),
        Index("uq_archives_open", "user_id", "kind", unique=True, postgresql_where=_OPEN),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[ArchiveKind] = mapped_column(TextEnum(ArchiveKind))
    status: Mapped[ArchiveStatus] = mapped_column(
        TextEnum(ArchiveStatus), server_default=ArchiveStatus.PENDING
    )
    stage: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """What is being done, in words for the reader."""
    progress: Mapped[float] = mapped_column(Double, server_default=_ZERO)
    error: Mapped[str | None] = mapped_column(Text)
    """Why it failed, in words for the reader."""
    storage_key: Mapped[str | None] = mapped_column(Text)
    """The file: made by an export, read by an import. A trigger sees to one that is let go."""
    byte_size: Mapped[int] = mapped_column(BigInteger, server_default=_ZERO)
    file_name: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """What an imported file was called."""
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """What became of it, in numbers; see services/archive/report.py."""
    reached: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """How far an import is in the file: `table` and `line`. Committed with the rows."""
    put_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Objects that an import has put, or is about to, and no row names yet."""
    attempt: Mapped[int] = mapped_column(server_default=_ZERO)
    """How often a worker claimed it; whoever finishes must still hold this number."""
    deaths: Mapped[int] = mapped_column(server_default=_ZERO)
    """Workers that fell silent over it."""
    heartbeat_at: Mapped[Timestamp | None]
    created_at: Mapped[Now]
    started_at: Mapped[Timestamp | None]
    finished_at: Mapped[Timestamp | None]
    expires_at: Mapped[Timestamp | None]
    """When an ended request is forgotten, and its file removed."""
