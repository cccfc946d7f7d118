"""Where readers stand in their narrations."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Now, Timestamp


class PlaybackPosition(Base):
    """One reader's place in one narration."""

    __tablename__ = "playback_positions"
    __table_args__ = (
        CheckConstraint("seconds >= 0 AND seconds < 'Infinity'", name="valid_place"),
        CheckConstraint("heard >= 0 AND heard < 'Infinity'", name="valid_heard"),
        CheckConstraint("version >= 0", name="valid_version"),
        Index("idx_playback_positions_user_latest", "user_id", sql("updated_at DESC")),
        Index("idx_playback_positions_track_id", "track_id"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    track_id: Mapped[UUID] = mapped_column(
        ForeignKey("audio_tracks.id", ondelete="CASCADE"), primary_key=True
    )
    seconds: Mapped[float] = mapped_column(Double, server_default=sql("0"))
    """From the start of the sound, to the millisecond."""
    version: Mapped[int] = mapped_column(server_default=sql("0"))
    """Grows with every change; who changes the place must know the latest one."""
    heard: Mapped[float] = mapped_column(Double, server_default=sql("0"))
    """Seconds of sound played so far, repeats included."""
    finished_at: Mapped[Timestamp | None]
    """When nine tenths had been reached for the first time."""
    device: Mapped[str] = mapped_column(Text, server_default="")
    """What changed it last, such as "Firefox on Android"."""
    previous: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=sql("'[]'::jsonb"))
    """{seconds, device, at} of the places that were left by a jump, the latest first."""
    updated_at: Mapped[Now]
