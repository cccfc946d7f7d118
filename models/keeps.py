"""What readers want kept of what lives elsewhere."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Now, TextEnum, one_of


class KeepState(StrEnum):
    """How far it is; what is kept has no row any more."""

    WAITING = "waiting"
    WORKING = "working"
    FAILED = "failed"


class MediaKeep(Base):
    """A picture or recording that a worker is to fetch and store: its rows are the queue."""

    __tablename__ = "media_keeps"
    __table_args__ = (
        one_of("state", KeepState, "valid_keep_state"),
        CheckConstraint("attempt >= 0", name="valid_keep_attempt"),
        CheckConstraint("tries >= 0", name="valid_keep_tries"),
        Index("idx_media_keeps_turn", "turn_at", postgresql_where=text("state <> 'failed'")),
        Index("idx_media_keeps_user_id", "user_id"),
    )

    media_id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of an asset. A trigger takes the row away with it, a key would forbid TRUNCATE."""
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[KeepState] = mapped_column(TextEnum(KeepState), server_default=KeepState.WAITING)
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    """How often a worker took it up; whoever finishes must still hold this number."""
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """Likewise, but only since its reader asked, and without those that were handed back."""
    turn_at: Mapped[Now]
    """Its place in the queue: the more a reader asks for at once, the further behind."""
    look_at: Mapped[Now]
    """When a worker may take it up; whoever is at it moves this ahead."""
    put_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Objects that a worker has put, or is about to, and no row names yet."""
    error: Mapped[LongText] = mapped_column(server_default="")
    """Why it could not be kept, in words for the reader."""
    requested_at: Mapped[Now]
