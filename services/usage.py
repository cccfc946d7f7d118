"""Writing down what people do, in the transaction that does it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert

from extensions import db
from models import UsageMetric
from queries.plans import subscription_in_force


class Action(StrEnum):
    """What people do, and what its quantity counts."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    STORY_CREATED = "story_created"
    MEDIA_UPLOADED = "media_uploaded"
    """Files."""
    NARRATED = "narrated"
    """Characters; `voice` and `model` stand in the metadata."""
    PLAYED = "played"
    """Seconds of sound that were heard."""
    EXPORTED = "exported"
    """Rows; the metadata names the file."""


def record(
    user_id: UUID,
    action: str,
    quantity: float = 1,
    news_id: UUID | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Add one usage metric, under the subscription that is in force now.

    `quantity` counts files, characters or seconds, as the action says. The caller commits.
    """
    db.session.execute(
        insert(UsageMetric).values(
            user_id=user_id,
            action=action,
            quantity=quantity,
            news_id=news_id,
            subscription_id=subscription_in_force(user_id),
            metadata_=dict(metadata or {}),
            # Not the transaction's start, which may be long ago when it had to wait.
            created_at=func.clock_timestamp(),
        )
    )
