"""Stories: a reader's news history."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, deferred, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, UuidKey

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
