"""Narrations: tracks, the times of their characters, and the attempts at making them."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, TextEnum, Timestamp, UuidKey, one_of


class GenerationStatus(StrEnum):
    """Life of one attempt; only unfinished work of a stopped worker goes back to PENDING."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class GenerationStage(StrEnum):
    """How far an attempt got; one that failed keeps the stage it failed at."""

    QUEUED = "queued"
    SPEAKING = "speaking"
    STORING = "storing"
    DONE = "done"


OPEN = sql("status IN ('pending', 'processing')")
"""SQL for "this attempt has not ended"; the queue's unique index rests on it."""


class AudioTrack(Base):
    """One narration: a stored sound, the text it speaks and its length."""

    __tablename__ = "audio_tracks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["news_id", "user_id"],
            ["news_history.id", "news_history.user_id"],
            name="audio_tracks_news_id_fkey",
            onupdate="CASCADE",
            ondelete="SET NULL (news_id)",
        ),
        CheckConstraint("duration > 0", name="valid_duration"),
        CheckConstraint("url ~ '^https?://'", name="valid_url"),
        CheckConstraint("storage_key IS NULL OR user_id IS NOT NULL", name="stored_has_owner"),
        CheckConstraint("byte_size >= 0", name="valid_track_byte_size"),
        Index("idx_audio_tracks_created_at", "created_at"),
        Index("idx_audio_tracks_user_latest", "user_id", sql("created_at DESC"), sql("id DESC")),
        Index("idx_audio_tracks_news_id", "news_id", "user_id"),
        Index("idx_audio_tracks_storage_key", "storage_key"),
    )

    id: Mapped[UuidKey]
    url: Mapped[LongText]
    """The full http(s) address of the object; `storage_key` is what we fetch by."""
    text: Mapped[LongText]
    """Exactly what is spoken."""
    duration: Mapped[float] = mapped_column(Double)
    """Length of the sound in seconds."""
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    """voiceId, modelId, peaks (0-100), alignment_basis, alignment_grade, the generation's
    settings and what the voice told."""
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    news_id: Mapped[UUID | None]
    storage_key: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text, server_default="audio/mpeg")
    byte_size: Mapped[int] = mapped_column(BigInteger, server_default=sql("0"))
    chosen_at: Mapped[Now]
    """When its reader last asked for it: of a story's takes, the latest one is played."""


class AudioAlignment(Base):
    """Start and end of every character of a track, in reading order.

    The three arrays are parallel: entry i of each belongs to character i. Times are
    seconds from the start of the sound.
    """

    __tablename__ = "audio_alignments"
    __table_args__ = (
        # cardinality(), not array_length(): the latter is NULL for an empty array, and a
        # CHECK that comes out NULL passes.
        CheckConstraint(
            "cardinality(characters) > 0"
            " AND cardinality(characters) = cardinality(start_times)"
            " AND cardinality(characters) = cardinality(end_times)",
            name="valid_alignment",
        ),
        CheckConstraint(
            "array_position(end_times, array_min(end_times))"
            " >= array_position(start_times, array_min(start_times))",
            name="valid_times",
        ),
        CheckConstraint("valid_spans(characters, start_times, end_times)", name="valid_spans"),
        Index("idx_audio_alignments_track_id", "track_id"),
        Index("uq_audio_alignments_track_id", "track_id", unique=True),
    )

    id: Mapped[UuidKey]
    track_id: Mapped[UUID] = mapped_column(ForeignKey("audio_tracks.id", ondelete="CASCADE"))
    characters: Mapped[list[str]] = mapped_column(ARRAY(Text))
    start_times: Mapped[list[float]] = mapped_column(ARRAY(Double))
    end_times: Mapped[list[float]] = mapped_column(ARRAY(Double))
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    normalized: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """The same three arrays for the text as the provider pronounced it, where it tells."""


class AudioGeneration(Base):
    """One attempt to make a track; also the worker's queue."""

    __tablename__ = "audio_generation_history"
    __table_args__ = (
        ForeignKeyConstraint(
            ["news_id", "user_id"],
            ["news_history.id", "news_history.user_id"],
            name="audio_generation_history_news_id_fkey",
            onupdate="CASCADE",
            ondelete="SET NULL (news_id)",
        ),
        one_of("status", GenerationStatus, "valid_status"),
        CheckConstraint("attempt >= 0", name="valid_attempt"),
        one_of("stage", GenerationStage, "valid_stage"),
        CheckConstraint("failures >= 0", name="valid_failures"),
        CheckConstraint("characters >= 0", name="valid_characters"),
        CheckConstraint(
            "charged >= 0 AND (charged = 0 OR charged_period IS NOT NULL)", name="valid_charge"
        ),
        Index("idx_audio_generation_history_track_id", "track_id"),
        Index("idx_audio_generation_history_status", "status"),
        Index(
            "idx_audio_generation_history_user_latest",
            "user_id",
            sql("created_at DESC"),
            sql("id DESC"),
        ),
        Index("idx_audio_generation_history_news_id", "news_id", "user_id"),
        Index("idx_audio_generation_history_queue", "not_before", "id", postgresql_where=OPEN),
        Index("idx_audio_generation_history_user_open", "user_id", postgresql_where=OPEN),
        Index(
            "idx_audio_generation_history_storage_key",
            "storage_key",
            postgresql_where=sql("storage_key IS NOT NULL"),
        ),
        Index(
            "uq_audio_generation_history_open",
            "news_id",
            "voice_id",
            unique=True,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[UuidKey]
    track_id: Mapped[UUID | None] = mapped_column(ForeignKey("audio_tracks.id", ondelete="CASCADE"))
    voice_id: Mapped[LongText]
    model_id: Mapped[LongText]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql("'{}'::jsonb"))
    """speed, language, voiceName, the provider's own, and two fingerprints: `digest` of what is
    to be heard and `source` of the story it was made from, as it stood at `source_at`."""
    status: Mapped[GenerationStatus] = mapped_column(TextEnum(GenerationStatus))
    error: Mapped[str | None] = mapped_column(Text)
    """Why it failed, in words for the reader."""
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    news_id: Mapped[UUID | None]
    text: Mapped[str] = mapped_column(Text, server_default="")
    """What is to be spoken, fixed when it was asked for."""
    attempt: Mapped[int] = mapped_column(server_default=sql("0"))
    """How often a worker claimed it; whoever finishes must still hold this number."""
    started_at: Mapped[Timestamp | None]
    heartbeat_at: Mapped[Timestamp | None]
    finished_at: Mapped[Timestamp | None]
    not_before: Mapped[Now]
    """A retry waits until then."""
    error_code: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    """The provider's name for the request."""
    progress: Mapped[float] = mapped_column(Double, server_default=sql("0"))
    """Share of the text spoken so far, 0 to 1."""
    stage: Mapped[GenerationStage] = mapped_column(
        TextEnum(GenerationStage), server_default=GenerationStage.QUEUED
    )
    failures: Mapped[int] = mapped_column(server_default=sql("0"))
    """Tries that went wrong; one that was handed back in time is none."""
    characters: Mapped[int] = mapped_column(server_default=sql("0"))
    """Length of the text; once it is spoken, what the provider counted."""
    storage_key: Mapped[str | None] = mapped_column(Text)
    """Where the sound of an attempt may lie that has not ended yet, or was cut short."""
    charged: Mapped[int] = mapped_column(server_default=sql("0"))
    """Characters spent of the reader's plan; a trigger gives them back when it comes to nothing."""
    charged_period: Mapped[date | None]
    """The month they were spent in."""
