"""The private podcast of a reader."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Now, Timestamp


class PodcastFeed(Base):
    """The secret in the addresses of a reader's podcast; without a row there is none."""

    __tablename__ = "podcast_feeds"
    __table_args__ = (
        CheckConstraint("length(token) >= 32", name="valid_podcast_token"),
        Index("uq_podcast_feeds_token", "token", unique=True),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    token: Mapped[LongText]
    """Kept as it is, because its owner is shown the address again."""
    created_at: Mapped[Now]
    renewed_at: Mapped[Timestamp | None]
