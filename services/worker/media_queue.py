"""Which file is fetched next to be kept, and by whom. Each belongs into a worker's transaction.

A claim moves `look_at` ahead by the lease, and so does every beat: should the worker die, the file
is due again then. Who comes back too late no longer holds the attempt, and changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, tuple_, update

from config import settings as site_settings
from extensions import db
from models import KeepState, MediaAsset, MediaKeep, MediaType


@dataclass(frozen=True, slots=True)
class Job:
    """A file that a worker has claimed."""

    media_id: UUID
    user_id: UUID
    kind: MediaType
    attempt: int
    tries: int
    put_keys: list[str]
    """Objects that an earlier attempt may have left."""


def claim(*, pictures_only: bool = False, no_sounds_of: Collection[UUID] = ()) -> Job | None:
    """Take the file whose turn it is, or None when none is due.

    Recordings are passed over where only pictures are wanted, and those of the readers that
    `no_sounds_of` names.
    """
    due = (
        select(MediaKeep.media_id, MediaAsset.type)
        .join(MediaAsset, MediaAsset.id == MediaKeep.media_id)
        .where(text("media_keeps.state <> 'failed'"), MediaKeep.look_at <= func.now())
        .order_by(MediaKeep.turn_at, MediaKeep.media_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=MediaKeep)
    )
    if pictures_only:
        due = due.where(MediaAsset.type == MediaType.IMAGE)
    elif no_sounds_of:
        due = due.where(
            or_(MediaAsset.type == MediaType.IMAGE, MediaKeep.user_id.not_in(no_sounds_of))
        )
    next_one = due.cte("next_one")
    row = db.session.execute(
        update(MediaKeep)
        .where(MediaKeep.media_id == next_one.c.media_id)
        .values(
            state=KeepState.WORKING,
            attempt=MediaKeep.attempt + 1,
            tries=MediaKeep.tries + 1,
            look_at=_lease_end(),
        )
        .returning(
            MediaKeep.media_id,
            MediaKeep.user_id,
            next_one.c.type,
            MediaKeep.attempt,
            MediaKeep.tries,
            MediaKeep.put_keys,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Job(*row) if row else None


def hold(jobs: Collection[Job]) -> set[UUID]:
    """Say that a worker is still at these; return the files of those that are still its own."""
    held = {(job.media_id, job.attempt) for job in jobs}
    changed = db.session.scalars(
        update(MediaKeep)
        .where(
            tuple_(MediaKeep.media_id, MediaKeep.attempt).in_(held),
            MediaKeep.state == KeepState.WORKING,
        )
        .values(look_at=_lease_end())
        .returning(MediaKeep.media_id)
        .execution_options(synchronize_session=False)
    )
    return set(changed)


def about_to_put(job: Job, keys: Sequence[str]) -> bool:
    """Note objects before they are put; False when it is no longer ours."""
    return _change(job, put_keys=list(keys))


def done(job: Job) -> bool:
    """Forget a file that is kept, in the transaction whose row names its objects."""
    if not _change(job, put_keys=[]):
        return False
    db.session.execute(
        delete(MediaKeep)
        .where(MediaKeep.media_id == job.media_id)
        .execution_options(synchronize_session=False)
    )
    return True


def hand_back(job: Job) -> bool:
    """Put a file back because its worker was asked to stop."""
    return _change(job, state=KeepState.WAITING, look_at=func.now(), tries=MediaKeep.tries - 1)


def later(job: Job, wait: timedelta) -> bool:
    """Put a file back for another try a little later."""
    return _change(job, state=KeepState.WAITING, look_at=func.now() + wait)


def fail(job: Job, words: str) -> bool:
    """Give a file up; `words` are for its reader."""
    return _change(job, state=KeepState.FAILED, error=words)


def _lease_end() -> Any:
    return func.now() + timedelta(seconds=site_settings().narration_lease)


def _change(job: Job, **values: object) -> bool:
    changed = db.session.scalar(
        update(MediaKeep)
        .where(
            MediaKeep.media_id == job.media_id,
            MediaKeep.attempt == job.attempt,
            MediaKeep.state == KeepState.WORKING,
        )
        .values(**values)
        .returning(MediaKeep.media_id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
