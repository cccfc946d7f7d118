"""Briefings: several stories as one sound, and when a reader wants the next."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Now, TextEnum, Timestamp, UuidKey, one_of


class BriefingState(StrEnum):
    """What became of a briefing."""

    GATHERING = "gathering"
    """Its stories are being read aloud."""
    DONE = "done"
    NOTHING = "nothing"
    """There was nothing new to tell."""
    FAILED = "failed"


class BriefingPlan(Base):
    """When one reader wants a briefing, and of what kind."""

    __tablename__ = "briefing_plans"
    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23", name="valid_hour"),
        CheckConstraint("stories BETWEEN 1 AND 30", name="valid_stories"),
        Index("idx_briefing_plans_due", "next_at", postgresql_where=text("active")),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    active: Mapped[bool] = mapped_column(server_default=text("false"))
    hour: Mapped[int] = mapped_column(SmallInteger, server_default=text("7"))
    """On a clock in `zone`."""
    zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    """An IANA name."""
    voice_id: Mapped[str] = mapped_column(Text, server_default="")
    """Empty: the reader's usual one."""
    stories: Mapped[int] = mapped_column(SmallInteger, server_default=text("10"))
    """How many at most."""
    next_at: Mapped[Now]
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class Briefing(Base):
    """One briefing, also while it is being made: its rows are the worker's queue."""

    __tablename__ = "briefings"
    __table_args__ = (
        one_of("state", BriefingState, "valid_briefing_state"),
        CheckConstraint("attempt >= 0", name="valid_briefing_attempt"),
        Index("idx_briefings_user_latest", "user_id", text("created_at DESC"), text("id DESC")),
        Index("idx_briefings_due", "look_at", postgresql_where=text("state = 'gathering'")),
        Index("idx_briefings_track_id", "track_id"),
        Index(
            "uq_briefings_gathering",
            "user_id",
            unique=True,
            postgresql_where=text("state = 'gathering'"),
        ),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[BriefingState] = mapped_column(
        TextEnum(BriefingState), server_default=BriefingState.GATHERING
    )
    day: Mapped[date]
    """On the reader's calendar."""
    voice_id: Mapped[str] = mapped_column(Text, server_default="")
    stories: Mapped[int] = mapped_column(SmallInteger, server_default=text("10"))
    news_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    """Its stories, in the order in which they are told; empty until they were chosen."""
    track_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("audio_tracks.id", ondelete="SET NULL")
    )
    note: Mapped[LongText] = mapped_column(server_default="")
    """What its reader should know: why there is none, or what is missing."""
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    """How often a worker took it up; whoever finishes must still hold this number."""
    look_at: Mapped[Now]
    """When a worker looks after it next; whoever is at it moves this ahead."""
    deadline: Mapped[Timestamp]
    """When it is told with what there is."""
    created_at: Mapped[Now]
    finished_at: Mapped[Timestamp | None]
