"""Subscriptions: a reader's plan over a span of time."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from extensions import Base
from models.columns import Metadata, Now, TextEnum, Timestamp, UuidKey, one_of


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
