"""Reads of the attempts at narrating; none of them brings the text along."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy import text as sql

from extensions import db
from models import AudioGeneration, AudioTrack, GenerationStage, GenerationStatus, NewsStory
from queries.paging import Cursor

CANCELLED = "cancelled"
"""The `error_code` of an attempt that its reader stopped."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One attempt as lists and progress show it."""

    id: UUID
    created_at: datetime
    news_id: UUID | None
    headline: str | None
    """Of the story; None when that was deleted."""
    voice_id: str
    model_id: str
    settings: dict[str, Any]
    status: GenerationStatus
    stage: GenerationStage
    progress: float
    """Share of the text spoken so far, 0 to 1."""
    characters: int
    failures: int
    error: str | None
    """Why it failed, or why it waits for another try."""
    error_code: str | None
    not_before: datetime
    started_at: datetime | None
    finished_at: datetime | None
    track_id: UUID | None
    duration: float | None
    """Seconds, of the finished narration."""

    @property
    def is_open(self) -> bool:
        """Say whether it waits or is being worked on."""
        return self.status in {GenerationStatus.PENDING, GenerationStatus.PROCESSING}

    @property
    def is_cancelled(self) -> bool:
        """Say whether its reader stopped it."""
        return self.error_code == CANCELLED

    @property
    def waits_for_retry(self) -> bool:
        """Say whether a try went wrong and the next one is due later."""
        return self.status is GenerationStatus.PENDING and self.failures > 0

    @property
    def percent(self) -> int:
        """Return how much of the text was spoken; 100 only once all of it was."""
        return min(int(self.progress * 100), 100)

    @property
    def voice(self) -> str:
        """Return what to call the voice."""
        return str(self.settings.get("voiceName") or self.voice_id)

    @property
    def seconds_to_wait(self) -> float:
        """Return how long until the next try may begin."""
        return max(0.0, (self.not_before - datetime.now(UTC)).total_seconds())

    @property
    def age(self) -> float:
        """Return how many seconds ago it was asked for."""
        return (datetime.now(UTC) - self.created_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; an empty one lets everything through."""

    state: GenerationStatus | None = None
    voice_id: str = ""
    model_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    words: str = ""
    """Looked for in the headline and in what is spoken."""

    @property
    def any(self) -> bool:
        """Say whether something is filtered out."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader's attempts can be filtered by."""

    voices: list[tuple[str, str]] = field(default_factory=list)
    """Id and name."""
    models: list[str] = field(default_factory=list)


def latest_generations(
    user_id: UUID, filters: Filters, limit: int, before: Cursor | None = None
) -> list[Generation]:
    """Return a reader's newest attempts that pass the filters, from behind `before` on.

    SQL:
        SELECT g.id, g.created_at, g.news_id, n.headline, g.voice_id, g.model_id, g.settings,
               g.status, g.stage, g.progress, g.characters, g.failures, g.error, g.error_code,
               g.not_before, g.started_at, g.finished_at, g.track_id, t.duration
        FROM audio_generation_history AS g
        LEFT JOIN news_history AS n ON n.id = g.news_id AND n.user_id = g.user_id
        LEFT JOIN audio_tracks AS t ON t.id = g.track_id AND t.user_id = g.user_id
        WHERE g.user_id = :user_id
        ORDER BY g.created_at DESC, g.id DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = _generations(user_id).where(*_passing(filters))
    if before:
        place = tuple_(AudioGeneration.created_at, AudioGeneration.id)
        statement = statement.where(place < tuple_(before.created_at, before.id))
    return _rows(_newest_first(statement).limit(limit))


def find_generation(user_id: UUID, generation_id: UUID) -> Generation | None:
    """Return one attempt, or None when the reader has no such."""
    rows = _rows(_generations(user_id).where(AudioGeneration.id == generation_id))
    return rows[0] if rows else None


def open_generations(user_id: UUID, limit: int = 20) -> list[Generation]:
    """Return what waits or is being worked on, the oldest first."""
    statement = _generations(user_id).where(OPEN_GENERATION)
    oldest = statement.order_by(AudioGeneration.created_at, AudioGeneration.id)
    return _rows(oldest.limit(limit))


def count_open(user_id: UUID) -> int:
    """Return how many attempts wait or are being worked on."""
    statement = select(func.count()).where(AudioGeneration.user_id == user_id, OPEN_GENERATION)
    return int(db.session.scalar(statement) or 0)


def of_story(user_id: UUID, news_id: UUID) -> list[Generation]:
    """Return the attempts at one story, the newest first; at most the last ten."""
    statement = _generations(user_id).where(AudioGeneration.news_id == news_id)
    return _rows(_newest_first(statement).limit(10))


def choices(user_id: UUID) -> Choices:
    """Return the voices and models that a reader's attempts were made with."""
    name = func.max(AudioGeneration.settings["voiceName"].astext)
    rows = db.session.execute(
        select(AudioGeneration.voice_id, name, AudioGeneration.model_id)
        .where(AudioGeneration.user_id == user_id)
        .group_by(AudioGeneration.voice_id, AudioGeneration.model_id)
    ).all()
    voices = {row[0]: row[1] or row[0] for row in rows}
    return Choices(
        sorted(voices.items(), key=lambda voice: (voice[1].casefold(), voice[0])),
        sorted({row[2] for row in rows if row[2]}),
    )


OPEN_GENERATION = sql("audio_generation_history.status IN ('pending', 'processing')")
"""As literals: with parameters PostgreSQL may not use the partial index."""


def _passing(filters: Filters) -> list[ColumnElement[bool]]:
    passing: list[ColumnElement[bool]] = []
    if filters.state:
        passing.append(AudioGeneration.status == filters.state)
    if filters.voice_id:
        passing.append(AudioGeneration.voice_id == filters.voice_id)
    if filters.model_id:
        passing.append(AudioGeneration.model_id == filters.model_id)
    if filters.since:
        passing.append(AudioGeneration.created_at >= filters.since)
    if filters.until:
        passing.append(AudioGeneration.created_at < filters.until)
    if filters.words:
        passing.append(
            or_(
                NewsStory.headline.icontains(filters.words, autoescape=True),
                AudioGeneration.text.icontains(filters.words, autoescape=True),
            )
        )
    return passing


def _generations(user_id: UUID) -> Select[Any]:
    same_story = (NewsStory.id == AudioGeneration.news_id) & (
        NewsStory.user_id == AudioGeneration.user_id
    )
    same_track = (AudioTrack.id == AudioGeneration.track_id) & (
        AudioTrack.user_id == AudioGeneration.user_id
    )
    return (
        select(
            AudioGeneration.id,
            AudioGeneration.created_at,
            AudioGeneration.news_id,
            NewsStory.headline,
            AudioGeneration.voice_id,
            AudioGeneration.model_id,
            AudioGeneration.settings,
            AudioGeneration.status,
            AudioGeneration.stage,
            AudioGeneration.progress,
            AudioGeneration.characters,
            AudioGeneration.failures,
            AudioGeneration.error,
            AudioGeneration.error_code,
            AudioGeneration.not_before,
            AudioGeneration.started_at,
            AudioGeneration.finished_at,
            AudioGeneration.track_id,
            AudioTrack.duration,
        )
        .outerjoin(NewsStory, same_story)
        .outerjoin(AudioTrack, same_track)
        .where(AudioGeneration.user_id == user_id)
    )


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(AudioGeneration.created_at.desc(), AudioGeneration.id.desc())


def _rows(statement: Select[Any]) -> list[Generation]:
    return [Generation(*row) for row in db.session.execute(statement)]
