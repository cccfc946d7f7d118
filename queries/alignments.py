"""Reads of when each character of a narration is heard."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from extensions import db
from models import AudioAlignment, AudioTrack, NewsStory


@dataclass(frozen=True, slots=True)
class Timing:
    """What is known of a narration's times, without the times themselves."""

    track_id: UUID
    news_id: UUID | None
    duration: float
    """Seconds."""
    title: str
    changed_at: datetime
    alignment_id: UUID | None
    """None for a narration without times. What was made of the times is out of date when this
    or `changed_at` is another."""
    known: dict[str, Any] = field(default_factory=dict)
    """The track's metadata."""

    @property
    def grade(self) -> str:
        """Return how far the times can be trusted; empty when nobody has said."""
        if self.alignment_id is None:
            return "unusable"
        return str(self.known.get("alignment_grade") or "")

    @property
    def basis(self) -> str:
        """Return what the voice itself timed; empty when nobody has said."""
        return str(self.known.get("alignment_basis") or "")

    @property
    def reasons(self) -> list[str]:
        """Return why the times are not good, each a sentence."""
        reasons = self.known.get("alignment_reasons")
        return [str(reason) for reason in reasons] if isinstance(reasons, list) else []

    @property
    def voice(self) -> str:
        """Return what to call the voice; empty when unknown."""
        return str(self.known.get("voiceName") or self.known.get("voiceId") or "")


@dataclass(frozen=True, slots=True)
class StoredTimes:
    """The spoken text and the arrays as they are stored; without times those are empty."""

    text: str
    characters: list[str]
    start_times: list[float]
    end_times: list[float]


def find_timing(user_id: UUID, track_id: UUID) -> Timing | None:
    """Return what is known of a narration's times, or None when the reader has no such.

    SQL:
        SELECT t.id, t.news_id, t.duration,
               coalesce(n.headline, t.metadata ->> 'title', left(t.text, 60)),
               greatest(t.updated_at, a.updated_at), a.id, t.metadata
        FROM audio_tracks AS t
        LEFT JOIN audio_alignments AS a ON a.track_id = t.id
        LEFT JOIN news_history AS n ON n.id = t.news_id AND n.user_id = :user_id
        WHERE t.user_id = :user_id AND t.id = :track_id
    """
    row = db.session.execute(_timings(user_id).where(AudioTrack.id == track_id)).one_or_none()
    return Timing(*row) if row else None


def find_times(user_id: UUID, track_id: UUID) -> StoredTimes | None:
    """Return a narration's text and times, or None when the reader has no such."""
    row = db.session.execute(
        select(
            AudioTrack.text,
            AudioAlignment.characters,
            AudioAlignment.start_times,
            AudioAlignment.end_times,
        )
        .outerjoin(AudioAlignment, AudioAlignment.track_id == AudioTrack.id)
        .where(AudioTrack.user_id == user_id, AudioTrack.id == track_id)
    ).one_or_none()
    return StoredTimes(row[0], row[1] or [], row[2] or [], row[3] or []) if row else None


def _timings(user_id: UUID) -> Select[Any]:
    return (
        select(
            AudioTrack.id,
            AudioTrack.news_id,
            AudioTrack.duration,
            func.coalesce(
                NewsStory.headline,
                AudioTrack.metadata_["title"].astext,
                func.left(AudioTrack.text, 60),
            ),
            func.greatest(AudioTrack.updated_at, AudioAlignment.updated_at),
            AudioAlignment.id,
            AudioTrack.metadata_,
        )
        .outerjoin(AudioAlignment, AudioAlignment.track_id == AudioTrack.id)
        .outerjoin(NewsStory, (NewsStory.id == AudioTrack.news_id) & (NewsStory.user_id == user_id))
        .where(AudioTrack.user_id == user_id)
    )
