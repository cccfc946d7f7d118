"""Stories: a reader's news history, and the tags they carry."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, Timestamp, UuidKey

SEARCH = (
    "array_to_tsvector(ARRAY['owner:' || user_id::text])"
    " || setweight(to_tsvector('english'::regconfig, headline), 'A')"
    " || to_tsvector('english'::regconfig,"
    " regexp_replace(replace(content, '<', ' '), '(\\S{200})', '\\1 ', 'g'))"
)
"""SQL of the search vector: the words, and the owner as one more lexeme.

No comment and no run of characters is left long, for which the parser would take minutes.
"""


class NewsStory(Base):
    """One news item in a reader's history; `content` is Markdown."""

    __tablename__ = "news_history"
    __table_args__ = (
        UniqueConstraint("id", "user_id"),
        ForeignKeyConstraint(
            ["source_id", "user_id"],
            ["sources.id", "sources.user_id"],
            name="news_history_source_id_fkey",
            ondelete="SET NULL (source_id)",
        ),
        Index(
            "idx_news_headline", text("to_tsvector('english', headline)"), postgresql_using="gin"
        ),
        Index("idx_news_user_id", "user_id"),
        Index("idx_news_created_at", "created_at"),
        Index("idx_news_user_latest", "user_id", text("created_at DESC"), text("id DESC")),
        Index("idx_news_search", "search", postgresql_using="gin"),
        *(
            Index(
                f"idx_news_user_{state}",
                "user_id",
                text("created_at DESC"),
                text("id DESC"),
                postgresql_where=text(condition),
            )
            for state, condition in (
                ("unread", "read_at IS NULL AND archived_at IS NULL"),
                ("starred", "starred_at IS NOT NULL"),
                ("archived", "archived_at IS NOT NULL"),
            )
        ),
        Index(
            "uq_news_user_source_url",
            "user_id",
            text("md5(source_url)"),
            unique=True,
            postgresql_where=text("source_url IS NOT NULL"),
        ),
        Index(
            "idx_news_source_latest",
            "source_id",
            text("created_at DESC"),
            text("id DESC"),
            postgresql_where=text("source_id IS NOT NULL"),
        ),
    )

    id: Mapped[UuidKey]
    headline: Mapped[LongText]
    content: Mapped[LongText]
    source_url: Mapped[LongText | None]
    published_at: Mapped[Now | None]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    created_at: Mapped[Now]
    updated_at: Mapped[Now]
    search: Mapped[Any] = deferred(mapped_column(TSVECTOR, Computed(SEARCH, persisted=True)))
    source_id: Mapped[UUID | None]
    """The source that it arrived from; None when somebody wrote it."""
    read_at: Mapped[Timestamp | None]
    """When it was opened or heard; None while it waits. None of these three moves updated_at."""
    starred_at: Mapped[Timestamp | None]
    archived_at: Mapped[Timestamp | None]


class Tag(Base):
    """A reader's own word for stories; upper and lower case are the same word."""

    __tablename__ = "tags"
    __table_args__ = (
        UniqueConstraint("id", "user_id", name="tags_id_user_id_key"),
        CheckConstraint(
            "name = btrim(name) AND char_length(name) BETWEEN 1 AND 50", name="valid_tag_name"
        ),
        Index("uq_tags_user_name", "user_id", text("lower(name)"), unique=True),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[LongText]
    created_at: Mapped[Now]


class StoryTag(Base):
    """A tag on a story of the same reader."""

    __tablename__ = "story_tags"
    __table_args__ = (
        ForeignKeyConstraint(
            ["news_id", "user_id"],
            ["news_history.id", "news_history.user_id"],
            name="story_tags_news_id_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tag_id", "user_id"],
            ["tags.id", "tags.user_id"],
            name="story_tags_tag_id_fkey",
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        Index(
            "idx_story_tags_latest", "tag_id", text("story_created_at DESC"), text("news_id DESC")
        ),
    )

    news_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    by_source: Mapped[bool] = mapped_column(server_default=text("false"))
    """Given because the story's source carries it, not by the reader's own hand."""
    story_created_at: Mapped[Timestamp] = mapped_column(server_default=FetchedValue())
    """Of the story; a trigger fills it in."""
