"""Reads of the narrations of one story: its takes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import AudioTrack


@dataclass(frozen=True, slots=True)
class Take:
    """One narration of a story, with what its page says of it."""

    id: UUID
    created_at: datetime
    duration: float
    """Seconds."""
    byte_size: int
    stored: bool
    characters: int
    known: dict[str, Any]
    """The track's metadata."""

    @property
    def voice(self) -> str:
        """Return what to call the voice."""
        return str(self.known.get("voiceName") or self.known.get("voiceId") or "an unknown voice")

    @property
    def voice_id(self) -> str:
        """Return the voice's id; empty when unknown."""
        return str(self.known.get("voiceId") or "")

    @property
    def speed(self) -> float:
        """Return how fast it was read, 1 being the voice's own pace."""
        value = self.known.get("speed")
        return float(value) if isinstance(value, int | float) else 1.0

    @property
    def peaks(self) -> list[int]:
        """Return the loudness over time, 0 to 100; empty when unknown."""
        peaks = self.known.get("peaks")
        return [int(peak) for peak in peaks] if isinstance(peaks, list) else []

    @property
    def grade(self) -> str:
        """Return how far its times can be trusted: good, coarse, unusable or nothing."""
        return str(self.known.get("alignment_grade") or "")

    @property
    def reasons(self) -> list[str]:
        """Return why the times are not good, each a sentence."""
        reasons = self.known.get("alignment_reasons")
        return [str(reason) for reason in reasons] if isinstance(reasons, list) else []

    @property
    def source(self) -> str:
        """Return the fingerprint of the story it was made from; empty when unknown."""
        return str(self.known.get("source") or "")

    @property
    def source_at(self) -> str:
        """Return when that story had last been changed; empty when unknown."""
        return str(self.known.get("source_at") or "")


def takes_of(user_id: UUID, news_id: UUID) -> list[Take]:
    """Return a story's narrations; the first one is the one that it plays.

    SQL:
        SELECT id, created_at, duration, byte_size, storage_key IS NOT NULL, length(text), metadata
        FROM audio_tracks
        WHERE user_id = :user_id AND news_id = :news_id
        ORDER BY chosen_at DESC, created_at DESC, id DESC
    """
    rows = db.session.execute(
        select(
            AudioTrack.id,
            AudioTrack.created_at,
            AudioTrack.duration,
            AudioTrack.byte_size,
            AudioTrack.storage_key.is_not(None),
            func.length(AudioTrack.text),
            AudioTrack.metadata_,
        )
        .where(AudioTrack.user_id == user_id, AudioTrack.news_id == news_id)
        .order_by(AudioTrack.chosen_at.desc(), AudioTrack.created_at.desc(), AudioTrack.id.desc())
    )
    return [Take(*row) for row in rows]


def text_of(user_id: UUID, track_id: UUID) -> str | None:
    """Return what a narration says, or None when the reader has no such."""
    statement = select(AudioTrack.text).where(
        AudioTrack.user_id == user_id, AudioTrack.id == track_id
    )
    return db.session.scalar(statement)
