"""Writing down what people do, in the transaction that does it."""

from uuid import UUID

from sqlalchemy import insert, select

from extensions import db
from models import Subscription, SubscriptionStatus, UsageMetric


def record(user_id: UUID, action: str, quantity: float = 1, news_id: UUID | None = None) -> None:
    """Add one usage metric, under the subscription that is active now.

    `quantity` counts files, characters or seconds, as the action says. The caller commits.
    """
    active = (
        select(Subscription.id)
        .where(Subscription.user_id == user_id, Subscription.status == SubscriptionStatus.ACTIVE)
        .scalar_subquery()
    )
    db.session.execute(
        insert(UsageMetric).values(
            user_id=user_id,
            action=action,
            quantity=quantity,
            news_id=news_id,
            subscription_id=active,
        )
    )
