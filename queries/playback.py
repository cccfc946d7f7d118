"""Reads of where a reader stands in their narrations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from extensions import db
from models import AudioTrack, PlaybackPosition, UsageMetric
from queries.audio import Track, columns_of, select_tracks

ENOUGH = 0.9
"""Share of a narration that counts as heard."""
BEGUN = 2.0
"""Seconds; who stopped before has not begun."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a narration; version 0 means that nobody has listened yet."""

    seconds: float = 0.0
    version: int = 0
    heard: float = 0.0
    """Seconds of sound played so far, repeats included."""
    finished_at: datetime | None = None
    device: str = ""
    previous: tuple[dict[str, Any], ...] = ()
    """{seconds, device, at} of the places left by a jump, the latest first."""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listenable:
    """What must be known of a narration to keep a place in it."""

    id: UUID
    news_id: UUID | None
    duration: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class BegunTrack(Track):
    """A narration that was left in the middle."""

    seconds: float
    device: str
    updated_at: datetime

    @property
    def share(self) -> float:
        """Return how much of it lies behind, 0 to 1."""
        return min(1.0, self.seconds / self.duration)


def find_listenable(user_id: UUID, track_id: UUID) -> Listenable | None:
    """Return a narration to keep a place in, or None when the reader has no such."""
    row = db.session.execute(
        select(AudioTrack.id, AudioTrack.news_id, AudioTrack.duration).where(
            AudioTrack.user_id == user_id, AudioTrack.id == track_id
        )
    ).one_or_none()
    return Listenable(*row) if row else None


def position_of(user_id: UUID, track_id: UUID) -> Position:
    """Return a reader's place in a narration; the beginning when there is none."""
    row = db.session.execute(
        select_positions().where(
            PlaybackPosition.user_id == user_id, PlaybackPosition.track_id == track_id
        )
    ).one_or_none()
    return as_position(row) if row else Position()


def in_progress(user_id: UUID, limit: int = 1) -> list[BegunTrack]:
    """Return what a reader has begun and not heard to the end, the latest first.

    SQL:
        SELECT t.id, p.seconds, p.device, p.updated_at
        FROM playback_positions AS p
        JOIN audio_tracks AS t ON t.id = p.track_id
        WHERE p.user_id = :user_id AND t.user_id = :user_id AND t.storage_key IS NOT NULL
          AND p.seconds >= 2 AND p.seconds < t.duration * 0.9
        ORDER BY p.updated_at DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = (
        select_tracks(user_id)
        .join(PlaybackPosition, PlaybackPosition.track_id == AudioTrack.id)
        .add_columns(PlaybackPosition.seconds, PlaybackPosition.device, PlaybackPosition.updated_at)
        .where(
            PlaybackPosition.user_id == user_id,
            AudioTrack.storage_key.is_not(None),
            PlaybackPosition.seconds >= BEGUN,
            PlaybackPosition.seconds < AudioTrack.duration * ENOUGH,
        )
        .order_by(PlaybackPosition.updated_at.desc())
    )
    return [BegunTrack(*columns_of(row)) for row in db.session.execute(statement.limit(limit))]


def unheard(user_id: UUID, limit: int = 100) -> list[Track]:
    """Return narrations that were not heard to the end, the newest first.

    Of a story's takes only the one that it plays counts.

    SQL:
        SELECT t.id
        FROM audio_tracks AS t
        LEFT JOIN playback_positions AS p ON p.track_id = t.id AND p.user_id = :user_id
        WHERE t.user_id = :user_id AND t.storage_key IS NOT NULL AND p.finished_at IS NULL
          AND NOT EXISTS (SELECT FROM audio_tracks AS later
                          WHERE later.user_id = :user_id AND later.news_id = t.news_id
                            AND (later.chosen_at, later.created_at, later.id)
                                > (t.chosen_at, t.created_at, t.id))
        ORDER BY t.created_at DESC, t.id DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = _unheard(user_id, select_tracks(user_id))
    newest = statement.order_by(AudioTrack.created_at.desc(), AudioTrack.id.desc())
    return [Track(*columns_of(row)) for row in db.session.execute(newest.limit(limit))]


def count_unheard(user_id: UUID) -> int:
    """Return how many narrations were not heard to the end."""
    statement = _unheard(
        user_id, select(func.count(AudioTrack.id)).where(AudioTrack.user_id == user_id)
    )
    return int(db.session.scalar(statement) or 0)


def seconds_since_heard(user_id: UUID) -> float | None:
    """Return how long ago a reader's latest stretch of listening was noted; None if over a day.

    SQL:
        SELECT extract(epoch FROM clock_timestamp() - max(created_at))
        FROM usage_metrics
        WHERE user_id = :user_id AND action = 'played'
          AND created_at > now() - CAST('1 day' AS interval)
    """
    since = func.clock_timestamp() - func.max(UsageMetric.created_at)
    found = db.session.scalar(
        select(func.extract("epoch", since)).where(
            UsageMetric.user_id == user_id,
            UsageMetric.action == "played",
            UsageMetric.created_at > func.now() - timedelta(days=1),
        )
    )
    return None if found is None else float(found)


def select_positions() -> Select[Any]:
    """Return the statement for places, to be narrowed."""
    return select(*POSITION_COLUMNS)


POSITION_COLUMNS = (
    PlaybackPosition.seconds,
    PlaybackPosition.version,
    PlaybackPosition.heard,
    PlaybackPosition.finished_at,
    PlaybackPosition.device,
    PlaybackPosition.previous,
    PlaybackPosition.updated_at,
)


def as_position(row: Any) -> Position:
    """Make a Position of POSITION_COLUMNS."""
    seconds, version, heard, finished_at, device, previous, updated_at = row
    return Position(seconds, version, heard, finished_at, device, tuple(previous), updated_at)


def _unheard(user_id: UUID, statement: Select[Any]) -> Select[Any]:
    later = aliased(AudioTrack)
    newer_take = (
        select(later.id)
        .where(
            later.user_id == user_id,
            later.news_id == AudioTrack.news_id,
            tuple_(later.chosen_at, later.created_at, later.id)
            > tuple_(AudioTrack.chosen_at, AudioTrack.created_at, AudioTrack.id),
        )
        .correlate(AudioTrack)
        .exists()
    )
    mine = and_(PlaybackPosition.track_id == AudioTrack.id, PlaybackPosition.user_id == user_id)
    return statement.outerjoin(PlaybackPosition, mine).where(
        AudioTrack.storage_key.is_not(None),
        PlaybackPosition.finished_at.is_(None),
        or_(AudioTrack.news_id.is_(None), ~newer_take),
    )
