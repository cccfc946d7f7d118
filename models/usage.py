"""What people did, what they hold, and what they spend of their plan."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, Double, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Metadata, Now, TextEnum, UuidKey, one_of


class UsageMetric(Base):
    """One thing a user did; the table is partitioned by the month of `created_at`."""

    __tablename__ = "usage_metrics"
    __table_args__ = (
        Index("idx_metrics_user_id", "user_id"),
        Index("idx_metrics_created_at", "created_at"),
        Index("idx_metrics_news_id", "news_id"),
        Index("idx_metrics_subscription_id", "subscription_id"),
        Index("idx_metrics_user_action", "user_id", "action", "created_at"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    news_id: Mapped[UUID | None] = mapped_column(ForeignKey("news_history.id", ondelete="SET NULL"))
    subscription_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="SET NULL")
    )
    action: Mapped[str] = mapped_column(Text)
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    created_at: Mapped[Now] = mapped_column(primary_key=True)
    """Part of the key, because PostgreSQL wants the partition's column in it."""
    quantity: Mapped[float] = mapped_column(Double, server_default=text("1"))
    """How much: files, characters or seconds, as the action says."""


class UserTotals(Base):
    """What a user holds, kept exactly right by triggers, whoever writes."""

    __tablename__ = "user_totals"
    __table_args__ = (
        Index("idx_user_totals_news", "news", "user_id"),
        Index("idx_user_totals_story_media", "story_media", "user_id"),
        Index("idx_user_totals_bytes", "bytes", "user_id"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    news: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    story_media: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Assets that belong to a story."""
    images: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sounds: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    tracks: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Stored for assets and tracks together."""


class Resource(StrEnum):
    """What is counted in `usage_counters`."""

    CHARACTERS = "characters"
    API_CALLS = "api_calls"
    SOURCES = "sources"


STANDING = date(1970, 1, 1)
"""The period of what is held rather than spent."""


class UsageCounter(Base):
    """How much of one resource a user has spent in a period, changed with the work itself."""

    __tablename__ = "usage_counters"
    __table_args__ = (
        one_of("resource", Resource, "valid_resource"),
        CheckConstraint("used >= 0", name="valid_used"),
    )

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    resource: Mapped[Resource] = mapped_column(TextEnum(Resource), primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    """The first day of a month in UTC, or STANDING."""
    used: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class UsageDay(Base):
    """What a person used on one day of UTC, noted by triggers; several rows of a day add up.

    `action` is that of the metrics, or STORED: the bytes that were gained or lost.
    """

    __tablename__ = "usage_daily"
    __table_args__ = (
        Index(
            "idx_usage_daily_action",
            "action",
            "day",
            postgresql_include=["user_id", "plan", "voice", "events", "quantity"],
        ),
        Index("idx_usage_daily_user", "user_id", "day"),
        Index("idx_usage_daily_day", "day"),
        Index("idx_usage_daily_loose", "action", "day", postgresql_where=text("NOT folded")),
    )

    day: Mapped[date] = mapped_column(Date)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    action: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text, server_default=text("'none'"))
    """The plan that was in force; 'none' when none was."""
    voice: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """Who read aloud; empty where nobody does."""
    events: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    quantity: Mapped[float] = mapped_column(Double, server_default=text("0"))
    folded: Mapped[bool] = mapped_column(server_default=text("false"))

    __mapper_args__ = {"primary_key": [day, user_id, action, plan, voice]}  # noqa: RUF012
    """The mapper wants a key; the table has none, because rows are only ever added."""


class UsageSummary(Base):
    """The folded rows of UsageDay of everybody together; what is loose comes on top."""

    __tablename__ = "usage_summary"
    __table_args__ = (
        CheckConstraint("step IN ('day', 'week', 'month')", name="usage_summary_step_check"),
        CheckConstraint("split IN ('', 'plan', 'voice')", name="usage_summary_split_check"),
    )

    step: Mapped[str] = mapped_column(Text, primary_key=True)
    split: Mapped[str] = mapped_column(Text, primary_key=True)
    """What `key` is: a plan, a voice, or nothing."""
    action: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[date] = mapped_column(Date, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True, server_default=text("''"))
    events: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[float] = mapped_column(Double)
    people: Mapped[int] = mapped_column(BigInteger)
    """Everybody once a period; not the sum of its days."""


STORED = "stored"
