"""Reads of requests to take everything out or to bring it in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Double, cast, func, select

from extensions import db
from models import Archive, ArchiveKind, ArchiveStatus


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and how far it is."""

    id: UUID
    kind: ArchiveKind
    status: ArchiveStatus
    stage: str
    progress: float
    error: str | None
    storage_key: str | None
    byte_size: int
    file_name: str
    report: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    age: float
    """Seconds since it was asked for."""

    @property
    def is_open(self) -> bool:
        """Say whether it has not ended."""
        return self.status in {ArchiveStatus.PENDING, ArchiveStatus.PROCESSING}

    @property
    def can_be_fetched(self) -> bool:
        """Say whether there is a file to take along."""
        return (
            self.kind is ArchiveKind.EXPORT
            and self.status is ArchiveStatus.COMPLETED
            and self.storage_key is not None
        )


_COLUMNS = (
    Archive.id,
    Archive.kind,
    Archive.status,
    Archive.stage,
    Archive.progress,
    Archive.error,
    Archive.storage_key,
    Archive.byte_size,
    Archive.file_name,
    Archive.report,
    Archive.created_at,
    Archive.finished_at,
    Archive.expires_at,
    cast(func.extract("epoch", func.now() - Archive.created_at), Double),
)


def latest(user_id: UUID, kind: ArchiveKind) -> Request | None:
    """Return a reader's last request of a kind, or None."""
    row = db.session.execute(
        select(*_COLUMNS)
        .where(Archive.user_id == user_id, Archive.kind == kind)
        .order_by(Archive.created_at.desc(), Archive.id.desc())
        .limit(1)
    ).one_or_none()
    return Request(*row) if row else None


def find(user_id: UUID, archive_id: UUID) -> Request | None:
    """Return one request, or None when the reader has no such."""
    row = db.session.execute(
        select(*_COLUMNS).where(Archive.user_id == user_id, Archive.id == archive_id)
    ).one_or_none()
    return Request(*row) if row else None
