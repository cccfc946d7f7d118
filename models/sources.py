"""Sources: the feeds that stories arrive from."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Now, TextEnum, Timestamp, UuidKey, one_of

_EMPTY = text("''")
_FALSE = text("false")
_ZERO = text("0")


class SourceState(StrEnum):
    """Whether a source is visited."""

    ACTIVE = "active"
    PAUSED = "paused"
    """By its reader."""
    GONE = "gone"
    """It said that it will not come back (410)."""


class Source(Base):
    """One feed of one reader."""

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("id", "user_id"),
        CheckConstraint("url ~ '^https?://'", name="valid_source_url"),
        one_of("state", SourceState, "valid_source_state"),
        CheckConstraint("attempt >= 0", name="valid_source_attempt"),
        CheckConstraint("failures >= 0", name="valid_source_failures"),
        CheckConstraint("keep_last > 0", name="valid_keep_last"),
        Index("uq_sources_user_url", "user_id", text("md5(url)"), unique=True),
        Index(
            "idx_sources_due",
            "next_fetch_at",
            "id",
            postgresql_where=text("state = 'active' OR wanted"),
        ),
        Index("idx_sources_host", "host"),
        Index(
            "idx_sources_failing",
            "user_id",
            postgresql_where=text("failures > 0 OR state = 'gone'"),
        ),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    url: Mapped[LongText]
    """Where the feed is; follows redirects that are for good."""
    site_url: Mapped[LongText | None]
    host: Mapped[LongText]
    """Host and port of `url`: what is asked once at a time, with pauses."""
    title: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """What the feed calls itself."""
    name: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """What its reader calls it; empty for what it calls itself."""
    state: Mapped[SourceState] = mapped_column(
        TextEnum(SourceState), server_default=SourceState.ACTIVE
    )
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    """When its reader last changed it."""
    next_fetch_at: Mapped[Now]
    """While it is visited: when the visit counts as failed and another worker may come."""
    wanted: Mapped[bool] = mapped_column(server_default=_FALSE)
    """Its reader asked for it now, even if it is paused."""
    attempt: Mapped[int] = mapped_column(server_default=_ZERO)
    """How often it was visited; whoever finishes a visit must still hold this number."""
    fetching_since: Mapped[Timestamp | None]
    tried_at: Mapped[Timestamp | None]
    fetched_at: Mapped[Timestamp | None]
    """The last visit that went well."""
    arrived_at: Mapped[Timestamp | None]
    """When something new last came."""
    failures: Mapped[int] = mapped_column(server_default=_ZERO)
    """Visits in a row that went wrong."""
    error: Mapped[str | None] = mapped_column(Text)
    """Why, in words for its reader."""
    error_code: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    last_modified: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    body_digest: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """Of what came last, for servers that know neither of the two."""
    full_text: Mapped[bool] = mapped_column(server_default=_FALSE)
    """Fetch the page of each new entry, because the feed gives only beginnings."""
    auto_narrate: Mapped[bool] = mapped_column(server_default=_FALSE)
    keep_last: Mapped[int | None]
    """How many of its stories to keep; None keeps all."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))


class SourceEntry(Base):
    """An entry that was seen, and the story that it became."""

    __tablename__ = "source_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["source_id", "user_id"],
            ["sources.id", "sources.user_id"],
            name="source_entries_source_id_fkey",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["news_id", "user_id"],
            ["news_history.id", "news_history.user_id"],
            name="source_entries_news_id_fkey",
            onupdate="CASCADE",
            ondelete="SET NULL (news_id)",
        ),
        Index("idx_source_entries_user_url", "user_id", "url_digest"),
        Index("idx_source_entries_news_id", "news_id"),
    )

    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    guid_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    url_digest: Mapped[str | None] = mapped_column(Text)
    """Of the article's address, the same for all its spellings."""
    news_id: Mapped[UUID | None]
    """None when its reader deleted the story, which then does not come back."""
    is_origin: Mapped[bool] = mapped_column(server_default=_FALSE)
    """True for the entry that the story was made from; the others were seen later."""
    entry_digest: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """Of what the feed said, to notice that it says something else."""
    story_digest: Mapped[str] = mapped_column(Text, server_default=_EMPTY)
    """Of the story as it was written from it; another one means that its reader changed it."""
    seen_at: Mapped[Now]


class FetchHost(Base):
    """When a host may be asked again."""

    __tablename__ = "fetch_hosts"

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    not_before: Mapped[Now]
