"""What an account holds, for who is about to delete it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import AbandonedObject


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much goes with an account."""

    stories: int
    images: int
    sounds: int
    narrations: int
    attempts: int
    """Tries at narrating, finished or not."""
    places: int
    """Where its owner stands in narrations."""
    sources: int
    tags: int
    subscriptions: int
    metrics: int
    """Rows of what its owner did."""
    objects: int
    """Files in storage."""
    bytes: int


def holdings_of(user_id: UUID) -> Holdings | None:
    """Count everything that an account holds, from the rows themselves.

    None when the transaction may not know: only for admins, the owner and commands.

    SQL:
        SELECT stories, images, sounds, narrations, attempts, places, sources, tags,
               subscriptions, metrics, objects, bytes
        FROM account_holdings(:user_id)
    """
    counted = func.account_holdings(user_id).table_valued(*Holdings.__dataclass_fields__)
    row = db.session.execute(select(counted)).one_or_none()
    return Holdings(*row) if row else None


def abandoned_objects(limit: int) -> list[tuple[str, UUID | None]]:
    """Return keys of objects whose account is gone, with their narration; for WORKER.

    SQL:
        SELECT key, track_id FROM abandoned_objects ORDER BY created_at LIMIT :limit
    """
    statement = (
        select(AbandonedObject.key, AbandonedObject.track_id)
        .order_by(AbandonedObject.created_at)
        .limit(limit)
    )
    return [(key, track) for key, track in db.session.execute(statement)]
