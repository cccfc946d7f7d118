"""Reads of narrations; none of them touches the times of their characters."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from extensions import db
from models import AudioTrack, MediaAsset, MediaType, NewsStory
from queries.paging import Cursor

OPENING = 200
"""Characters of the spoken text that a list shows."""


@dataclass(frozen=True, slots=True)
class Track:
    """A narration as lists and players show it."""

    id: UUID
    created_at: datetime
    news_id: UUID | None
    headline: str | None
    """Of the story, or a briefing's own; None when the story was deleted."""
    opening: str
    """The first words spoken."""
    duration: float
    """Seconds."""
    byte_size: int
    stored: bool
    """False for a sound that lives elsewhere and can't be played here."""
    voice: str | None
    model: str | None
    peaks: list[int]
    """Loudness over time, 0 to 100; empty when unknown."""
    image_id: UUID | None
    """The story's first picture that can be shown."""

    @property
    def title(self) -> str:
        """Return what to call it: the headline, or the first words."""
        words = " ".join((self.headline or self.opening).split())
        return words if self.headline or len(words) <= 80 else f"{words[:79].rstrip()}…"

    @property
    def reader(self) -> str:
        """Return by which voice it was read, or else by which model, as far as known."""
        return self.voice or self.model or ""


@dataclass(frozen=True, slots=True)
class WholeTrack(Track):
    """A narration as its own page shows it."""

    text: str
    """Exactly what is spoken."""
    url: str
    content_type: str
    chapters: list[dict[str, Any]] | None
    """Of a briefing: `title`, `start` in seconds and `news_id` of each story."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What it takes to send a narration."""

    id: UUID
    storage_key: str | None
    content_type: str
    byte_size: int
    created_at: datetime
    title: str


def latest_tracks(user_id: UUID, limit: int, before: Cursor | None = None) -> list[Track]:
    """Return a reader's newest narrations, from behind `before` on.

    SQL:
        SELECT t.id, t.created_at, t.news_id, coalesce(n.headline, t.metadata ->> 'title'),
               left(t.text, 200), t.duration,
               t.byte_size, t.storage_key IS NOT NULL,
               coalesce(t.metadata ->> 'voiceName', t.metadata ->> 'voiceId'),
               t.metadata ->> 'modelId', t.metadata -> 'peaks',
               (SELECT m.id FROM media_assets AS m
                WHERE m.news_id = t.news_id AND m.user_id = :user_id AND m.type = 'image'
                  AND m.thumbnail_key IS NOT NULL
                ORDER BY m.created_at, m.id LIMIT 1)
        FROM audio_tracks AS t
        LEFT JOIN news_history AS n ON n.id = t.news_id AND n.user_id = :user_id
        WHERE t.user_id = :user_id
        ORDER BY t.created_at DESC, t.id DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = select_tracks(user_id).order_by(AudioTrack.created_at.desc(), AudioTrack.id.desc())
    if before:
        place = tuple_(AudioTrack.created_at, AudioTrack.id)
        statement = statement.where(place < tuple_(before.created_at, before.id))
    return [Track(*columns_of(row)) for row in db.session.execute(statement.limit(limit))]


def of_story(user_id: UUID, news_id: UUID) -> list[Track]:
    """Return the narrations of one story, newest first."""
    statement = select_tracks(user_id).where(AudioTrack.news_id == news_id)
    latest_first = statement.order_by(AudioTrack.created_at.desc(), AudioTrack.id.desc())
    return [Track(*columns_of(row)) for row in db.session.execute(latest_first)]


def find_track(user_id: UUID, track_id: UUID) -> WholeTrack | None:
    """Return one narration with its text, or None."""
    statement = (
        select_tracks(user_id)
        .add_columns(
            AudioTrack.text,
            AudioTrack.url,
            AudioTrack.content_type,
            AudioTrack.metadata_["chapters"],
        )
        .where(AudioTrack.id == track_id)
    )
    row = db.session.execute(statement).one_or_none()
    return WholeTrack(*columns_of(row)) if row else None


def find_sound(user_id: UUID, track_id: UUID) -> Sound | None:
    """Return where a narration's sound is, or None when it isn't this reader's.

    SQL:
        SELECT t.id, t.storage_key, t.content_type, t.byte_size, t.created_at,
               coalesce(n.headline, t.metadata ->> 'title', left(t.text, 60))
        FROM audio_tracks AS t
        LEFT JOIN news_history AS n ON n.id = t.news_id AND n.user_id = :user_id
        WHERE t.user_id = :user_id AND t.id = :track_id
    """
    row = db.session.execute(
        select(
            AudioTrack.id,
            AudioTrack.storage_key,
            AudioTrack.content_type,
            AudioTrack.byte_size,
            AudioTrack.created_at,
            func.coalesce(
                NewsStory.headline,
                AudioTrack.metadata_["title"].astext,
                func.left(AudioTrack.text, 60),
            ),
        )
        .outerjoin(NewsStory, _same_story(user_id))
        .where(AudioTrack.user_id == user_id, AudioTrack.id == track_id)
    ).one_or_none()
    return Sound(*row) if row else None


def select_tracks(user_id: UUID) -> Select[Any]:
    """Return the statement for a reader's narrations, to be narrowed and ordered."""
    image = (
        select(MediaAsset.id)
        .where(
            MediaAsset.news_id == AudioTrack.news_id,
            MediaAsset.user_id == user_id,
            MediaAsset.type == MediaType.IMAGE,
            MediaAsset.thumbnail_key.is_not(None),
        )
        .order_by(MediaAsset.created_at, MediaAsset.id)
        .limit(1)
        .correlate(AudioTrack)
        .scalar_subquery()
    )
    return (
        select(
            AudioTrack.id,
            AudioTrack.created_at,
            AudioTrack.news_id,
            func.coalesce(NewsStory.headline, AudioTrack.metadata_["title"].astext),
            func.left(AudioTrack.text, OPENING),
            AudioTrack.duration,
            AudioTrack.byte_size,
            AudioTrack.storage_key.is_not(None),
            func.coalesce(
                AudioTrack.metadata_["voiceName"].astext, AudioTrack.metadata_["voiceId"].astext
            ),
            AudioTrack.metadata_["modelId"].astext,
            AudioTrack.metadata_["peaks"],
            image,
        )
        .outerjoin(NewsStory, _same_story(user_id))
        .where(AudioTrack.user_id == user_id)
    )


def _same_story(user_id: UUID) -> Any:
    return (NewsStory.id == AudioTrack.news_id) & (NewsStory.user_id == user_id)


def columns_of(row: Any) -> list[Any]:
    """Return what a row of `select_tracks` makes a Track of; no peaks are an empty list."""
    values = list(row)
    peaks = values[10]
    values[10] = [int(peak) for peak in peaks] if isinstance(peaks, list) else []
    return values
