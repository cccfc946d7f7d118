"""The statements of requests for archives: claim, keep, give back, end. Each in a `transaction`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, literal, or_, select, text, update

from config import settings as site_settings
from extensions import db
from models import Archive, ArchiveKind, ArchiveStatus

DEATHS = 3
DEAD_WORDS = "This stopped again and again without a reason. Ask whoever runs the site to look."


@dataclass(frozen=True, slots=True)
class Task:
    """One claimed request. Whoever works on it holds it only as long as `attempt` is the same."""

    id: UUID
    user_id: UUID
    kind: ArchiveKind
    attempt: int
    storage_key: str | None
    byte_size: int
    report: dict[str, Any]
    reached: dict[str, Any]
    put_keys: list[str]
    """Objects that an earlier attempt may have left."""


def claim(only: UUID | None = None) -> Task | None:
    """Take the request that has waited longest, or None when there is none."""
    due = (
        select(Archive.id)
        .where(text("archives.status = 'pending'"))
        .order_by(Archive.created_at, Archive.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if only is not None:
        due = due.where(Archive.id == only)
    row = db.session.execute(
        update(Archive)
        .where(Archive.id == due.scalar_subquery())
        .values(
            status=ArchiveStatus.PROCESSING,
            attempt=Archive.attempt + 1,
            started_at=func.coalesce(Archive.started_at, func.now()),
            heartbeat_at=func.now(),
            error=None,
        )
        .returning(
            Archive.id,
            Archive.user_id,
            Archive.kind,
            Archive.attempt,
            Archive.storage_key,
            Archive.byte_size,
            Archive.report,
            Archive.reached,
            Archive.put_keys,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Task(*row) if row else None


def take_back() -> int:
    """Put the work of dead workers back; what has outlived too many of them fails."""
    lease = timedelta(seconds=site_settings().narration_lease)
    silent = (
        select(Archive.id)
        .where(
            text("archives.status = 'processing'"),
            or_(Archive.heartbeat_at.is_(None), Archive.heartbeat_at < func.now() - lease),
        )
        .with_for_update(skip_locked=True)
    )
    hopeless = Archive.deaths + 1 >= DEATHS
    rows = db.session.execute(
        update(Archive)
        .where(Archive.id.in_(silent))
        .values(
            status=case(
                (hopeless, literal(ArchiveStatus.FAILED.value)),
                else_=literal(ArchiveStatus.PENDING.value),
            ),
            error=case((hopeless, DEAD_WORDS), else_=None),
            finished_at=case((hopeless, func.now()), else_=None),
            expires_at=case((hopeless, _later()), else_=None),
            deaths=Archive.deaths + 1,
        )
        .returning(Archive.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def beat(task: Task, stage: str, progress: float) -> bool:
    """Say that a worker is still at it, and how far; False when it is no longer its own."""
    return _change(task, heartbeat_at=func.now(), stage=stage, progress=progress)


def about_to_put(task: Task, keys: Sequence[str]) -> bool:
    """Note objects before they are put."""
    return _change(task, put_keys=list(keys))


def kept(task: Task, report: dict[str, Any], reached: dict[str, Any]) -> bool:
    """Note, in the transaction whose rows name those objects, how far it is."""
    return _change(task, put_keys=[], report=report, reached=reached)


def hand_back(task: Task) -> bool:
    """Put a request back because its worker was asked to stop."""
    return _change(task, status=ArchiveStatus.PENDING, heartbeat_at=None)


def complete(task: Task, report: dict[str, Any], key: str | None, size: int) -> bool:
    """End a request, which takes the place of those before it; `key` names the file made."""
    db.session.execute(
        delete(Archive)
        .where(
            Archive.user_id == task.user_id,
            Archive.kind == task.kind,
            Archive.id != task.id,
            Archive.finished_at.is_not(None),
        )
        .execution_options(synchronize_session=False)
    )
    return _change(
        task,
        status=ArchiveStatus.COMPLETED,
        stage="",
        progress=1,
        report=report,
        storage_key=key,
        byte_size=size,
        put_keys=[],
        finished_at=func.now(),
        expires_at=_later(),
    )


def fail(task: Task, words: str) -> bool:
    """End a request with a reason for its reader; its file goes."""
    return _change(
        task,
        status=ArchiveStatus.FAILED,
        error=words,
        storage_key=None,
        finished_at=func.now(),
        expires_at=_later(),
    )


def expire() -> int:
    """Forget requests whose time is over; a trigger sees to their files."""
    rows = db.session.scalars(
        delete(Archive)
        .where(Archive.expires_at < func.now())
        .returning(Archive.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def _later() -> Any:
    return func.now() + timedelta(days=site_settings().archive_days)


def _change(task: Task, **values: object) -> bool:
    changed = db.session.scalar(
        update(Archive)
        .where(
            Archive.id == task.id,
            Archive.attempt == task.attempt,
            Archive.status == ArchiveStatus.PROCESSING,
        )
        .values(**values)
        .returning(Archive.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
