"""Subscriptions: a reader's plan over a span of time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    SQLColumnExpression,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import LongText, Metadata, Now, TextEnum, Timestamp, UuidKey, one_of


class Plan(StrEnum):
    """What somebody may use."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class SubscriptionStatus(StrEnum):
    """The stored status; what is true today also depends on the dates."""

    ACTIVE = "active"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class SubscriptionState(StrEnum):
    """What is true of a subscription at a moment; see `state_at`."""

    ACTIVE = "active"
    """It runs, and goes on."""
    CANCELLED = "cancelled"
    """It will not go on, but runs until its end."""
    ENDED = "ended"
    """It was cancelled, and its end is past."""
    EXPIRED = "expired"
    """Its end is past without anybody having cancelled it."""
    SCHEDULED = "scheduled"
    """It begins later."""


IN_FORCE = (SubscriptionState.ACTIVE, SubscriptionState.CANCELLED)
"""The states in which a plan may be used."""


class Subscription(Base):
    """A reader's plan from `start_date` to `end_date`; None means without end."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        one_of("plan", Plan, "subscriptions_plan_check"),
        one_of("status", SubscriptionStatus, "subscriptions_status_check"),
        CheckConstraint("end_date IS NULL OR end_date >= start_date", name="valid_dates"),
        Index("idx_subscriptions_user_id", "user_id"),
        Index("idx_subscriptions_status", "status"),
        Index(
            "uq_subscriptions_one_active",
            "user_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
        Index("idx_subscriptions_latest", text("created_at DESC"), text("id DESC")),
        Index("idx_subscriptions_end_date", "end_date", "id"),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    plan: Mapped[Plan] = mapped_column(TextEnum(Plan))
    status: Mapped[SubscriptionStatus] = mapped_column(TextEnum(SubscriptionStatus))
    start_date: Mapped[Timestamp]
    end_date: Mapped[Timestamp | None]
    metadata_: Mapped[Metadata] = mapped_column("metadata")
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class SubscriptionImport(Base):
    """A file of subscriptions that an admin looks at before it is applied."""

    __tablename__ = "subscription_imports"
    __table_args__ = (
        Index("idx_subscription_imports_user_id", "user_id"),
        Index("idx_subscription_imports_created_at", "created_at"),
    )

    id: Mapped[UuidKey]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[Now]
    name: Mapped[str] = mapped_column(Text)
    """Of the file."""
    zone: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """On whose clock its dates are read."""
    content: Mapped[LongText]
    applied_at: Mapped[Timestamp | None]
    result: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    """How many lines did what, once it is applied."""


def state_at(moment: SQLColumnExpression[datetime] | None = None) -> ColumnElement[str]:
    """Return the SQL expression of a subscription's true state, at the transaction's time.

    The one expression that pages, filters, exports, charts and the gate use.
    """
    at = func.now() if moment is None else moment
    return func.subscription_state(
        Subscription.status, Subscription.start_date, Subscription.end_date, at, type_=_STATE
    )


_STATE = TextEnum(SubscriptionState)
