"""Stored objects that no row names any more."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Now


class AbandonedObject(Base):
    """An object whose account was deleted, until it is removed from storage."""

    __tablename__ = "abandoned_objects"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    track_id: Mapped[UUID | None]
    """The narration that it was the sound of, which the cache may still hold."""
    created_at: Mapped[Now]
