"""Media assets: images and sounds that belong to a story, or wait in the library."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, TextEnum, UuidKey, one_of


class MediaType(StrEnum):
    """What an asset is to its reader."""

    IMAGE = "image"
    AUDIO = "audio"


class MediaAsset(Base):
    """An image or a sound; without `news_id` it waits in the library."""

    __tablename__ = "media_assets"
    __table_args__ = (
        # With the owner in the key, an asset can never sit in another reader's story.
        ForeignKeyConstraint(
            ["news_id", "user_id"],
            ["news_history.id", "news_history.user_id"],
            name="media_assets_news_id_fkey",
            onupdate="CASCADE",
            ondelete="SET NULL (news_id)",
        ),
        one_of("type", MediaType, "media_assets_type_check"),
        CheckConstraint("byte_size >= 0", name="valid_byte_size"),
        Index("idx_media_news_id", "news_id"),
        Index("idx_media_news_owner", "news_id", "user_id"),
        Index("idx_media_type", "type"),
        Index("idx_media_user_latest", "user_id", text("created_at DESC"), text("id DESC")),
        Index(
            "idx_media_user_sounds",
            "user_id",
            "news_id",
            postgresql_where=text("type = 'audio' AND news_id IS NOT NULL"),
        ),
        Index(
            "idx_media_user_library",
            "user_id",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("NOT arrived"),
        ),
        Index("idx_media_user_sha256", "user_id", "sha256"),
        Index("idx_media_storage_key", "storage_key"),
        Index("idx_media_thumbnail_key", "thumbnail_key"),
        Index("uq_media_track_id", "track_id", unique=True),
    )

    id: Mapped[UuidKey]
    news_id: Mapped[UUID | None]
    type: Mapped[MediaType] = mapped_column(TextEnum(MediaType))
    url: Mapped[LongText]
    """The full http(s) address of the object; `storage_key` is what we fetch by."""
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    """Images: width, height. Sounds: duration in seconds, peaks (0-100). Both: original_name."""
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    storage_key: Mapped[str | None] = mapped_column(Text)
    """None for something that lives elsewhere and was not kept."""
    thumbnail_key: Mapped[str | None] = mapped_column(Text)
    content_type: Mapped[str | None] = mapped_column(Text)
    byte_size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Bytes stored, the thumbnail's included."""
    sha256: Mapped[str | None] = mapped_column(Text)
    """Of the bytes that were uploaded, in hexadecimal."""
    title: Mapped[str] = mapped_column(Text, server_default="")
    alt_text: Mapped[str] = mapped_column(Text, server_default="")
    track_id: Mapped[UUID | None] = mapped_column(ForeignKey("audio_tracks.id", ondelete="CASCADE"))
    """The narration that this asset stands for; its bytes are stored and counted there."""
    arrived: Mapped[bool] = mapped_column(server_default=text("false"))
    """It came with a story, lives elsewhere and was not kept: no part of the library yet."""
