"""The queue's statements: claim, keep, give back, fail. Each belongs into a `transaction`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, or_, select, text, update

from config import settings as site_settings
from extensions import db
from models import AudioGeneration, GenerationStage, GenerationStatus

WAITS = (1, 6, 30)
"""Before the second, third and fourth try, in units of `narration_backoff`."""
LONGEST_WAIT = 24 * 3600.0
DEATHS = 3
"""A narration at which so many workers died is not given to another one."""
LOST_WORDS = "The narration was interrupted and begins again."
DEAD_WORDS = "The narration stopped again and again without a reason. Try another voice."


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed attempt. Whoever works on it holds it only as long as `attempt` is the same."""

    id: UUID
    user_id: UUID | None
    news_id: UUID | None
    """None when the story was deleted behind our back."""
    voice_id: str
    model_id: str
    settings: dict[str, Any]
    text: str
    attempt: int
    failures: int
    storage_key: str | None
    """Of an object that an earlier attempt may have left."""


def claim(only: UUID | None = None) -> Job | None:
    """Take the attempt that has waited longest, or None when none is due.

    SKIP LOCKED lets several workers claim at once without waiting or sharing. With `only`,
    take that one or nothing.
    """
    due = (
        select(AudioGeneration.id)
        .where(
            text("audio_generation_history.status = 'pending'"),
            AudioGeneration.not_before <= func.now(),
        )
        .order_by(AudioGeneration.not_before, AudioGeneration.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if only is not None:
        due = due.where(AudioGeneration.id == only)
    row = db.session.execute(
        update(AudioGeneration)
        .where(AudioGeneration.id == due.scalar_subquery())
        .values(
            status=GenerationStatus.PROCESSING,
            stage=GenerationStage.SPEAKING,
            attempt=AudioGeneration.attempt + 1,
            progress=0,
            started_at=func.now(),
            heartbeat_at=func.now(),
            error=None,
            error_code=None,
        )
        .returning(
            AudioGeneration.id,
            AudioGeneration.user_id,
            AudioGeneration.news_id,
            AudioGeneration.voice_id,
            AudioGeneration.model_id,
            AudioGeneration.settings,
            AudioGeneration.text,
            AudioGeneration.attempt,
            AudioGeneration.failures,
            AudioGeneration.storage_key,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Job(*row) if row else None


def take_back() -> int:
    """Put the work of dead workers back into the queue; return how much there was.

    What has outlived too many workers fails instead.
    """
    silent = (
        select(AudioGeneration.id)
        .where(
            text("audio_generation_history.status = 'processing'"),
            or_(
                AudioGeneration.heartbeat_at.is_(None),
                AudioGeneration.heartbeat_at < func.now() - _lease(),
            ),
        )
        .with_for_update(skip_locked=True)
    )
    hopeless = AudioGeneration.failures + 1 >= DEATHS
    rows = db.session.execute(
        update(AudioGeneration)
        .where(AudioGeneration.id.in_(silent))
        .values(
            status=case(
                (hopeless, literal(GenerationStatus.FAILED.value)),
                else_=literal(GenerationStatus.PENDING.value),
            ),
            stage=case(
                (hopeless, AudioGeneration.stage), else_=literal(GenerationStage.QUEUED.value)
            ),
            error=case((hopeless, DEAD_WORDS), else_=LOST_WORDS),
            error_code="worker_died",
            finished_at=case((hopeless, func.now()), else_=None),
            failures=AudioGeneration.failures + 1,
            progress=0,
            not_before=func.now(),
        )
        .returning(AudioGeneration.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def beat(job: Job, stage: GenerationStage, progress: float, key: str | None) -> bool:
    """Say that a worker is still at it, and how far; False when the job is no longer its own.

    `key` is where an object is about to be put, so that whoever comes after can remove it.
    """
    return _change(job, heartbeat_at=func.now(), stage=stage, progress=progress, storage_key=key)


def hand_back(job: Job) -> bool:
    """Put a job back untouched, because its worker was asked to stop."""
    return _change(
        job,
        status=GenerationStatus.PENDING,
        stage=GenerationStage.QUEUED,
        progress=0,
        not_before=func.now(),
        heartbeat_at=None,
        started_at=None,
    )


def retry_later(job: Job, words: str, code: str, wait: float | None) -> bool:
    """Put a job back for another try, or fail it when there were enough; False when lost.

    `wait` is how many seconds the provider asked for; ours grow with each failure.
    """
    if job.failures >= len(WAITS):
        return fail(job, words, code)
    seconds = max(WAITS[job.failures] * site_settings().narration_backoff, wait or 0)
    return _change(
        job,
        status=GenerationStatus.PENDING,
        stage=GenerationStage.QUEUED,
        progress=0,
        failures=job.failures + 1,
        error=words,
        error_code=code,
        not_before=func.now() + timedelta(seconds=min(seconds, LONGEST_WAIT)),
        heartbeat_at=None,
    )


def fail(job: Job, words: str, code: str) -> bool:
    """End a job without a narration; `words` are for its reader. False when it was lost."""
    return _change(
        job,
        status=GenerationStatus.FAILED,
        failures=job.failures + 1,
        error=words,
        error_code=code,
        finished_at=func.now(),
    )


def complete(job: Job, track_id: UUID, characters: int, request_id: str | None) -> bool:
    """End a job with its track; False when it was lost, and then nothing may be kept."""
    return _change(
        job,
        status=GenerationStatus.COMPLETED,
        stage=GenerationStage.DONE,
        progress=1,
        track_id=track_id,
        characters=characters,
        request_id=request_id,
        error=None,
        error_code=None,
        finished_at=func.now(),
        storage_key=None,
    )


def forget_object(generation_id: UUID, key: str) -> None:
    """Note that the object an attempt may have left is gone."""
    db.session.execute(
        update(AudioGeneration)
        .where(AudioGeneration.id == generation_id, AudioGeneration.storage_key == key)
        .values(storage_key=None)
        .execution_options(synchronize_session=False)
    )


def leftovers(limit: int = 100) -> list[tuple[UUID, str]]:
    """Return ended attempts with the key of an object they may have left behind.

    Only those whose worker must have noticed the end by now.
    """
    rows = db.session.execute(
        select(AudioGeneration.id, AudioGeneration.storage_key)
        .where(
            AudioGeneration.storage_key.is_not(None),
            AudioGeneration.status == GenerationStatus.FAILED,
            func.coalesce(AudioGeneration.heartbeat_at, AudioGeneration.updated_at)
            < func.now() - _lease(),
        )
        .limit(limit)
    )
    return [(row[0], str(row[1])) for row in rows]


def _lease() -> timedelta:
    return timedelta(seconds=site_settings().narration_lease)


def _change(job: Job, **values: object) -> bool:
    """Change an attempt only while it is still ours: that is what keeps two from finishing it."""
    mine: tuple[ColumnElement[bool], ...] = (
        AudioGeneration.id == job.id,
        AudioGeneration.attempt == job.attempt,
        AudioGeneration.status == GenerationStatus.PROCESSING,
    )
    changed = db.session.scalar(
        update(AudioGeneration)
        .where(*mine)
        .values(**values)
        .returning(AudioGeneration.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
