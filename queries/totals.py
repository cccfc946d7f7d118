"""What a reader holds, read from the totals that the database keeps."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from extensions import db
from models import UserTotals


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of stories, images, sounds and narrations, and the bytes stored for them."""

    stories: int = 0
    images: int = 0
    sounds: int = 0
    tracks: int = 0
    bytes: int = 0


def totals_of(user_id: UUID) -> Totals:
    """Return the totals of one reader, at the cost of one row.

    SQL:
        SELECT news, images, sounds, tracks, bytes FROM user_totals WHERE user_id = :user_id
    """
    row = db.session.execute(
        select(
            UserTotals.news,
            UserTotals.images,
            UserTotals.sounds,
            UserTotals.tracks,
            UserTotals.bytes,
        ).where(UserTotals.user_id == user_id)
    ).one_or_none()
    return Totals(*row) if row else Totals()
