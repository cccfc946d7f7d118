"""Reads of what a reader wants kept here and is not yet."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Double, cast, func, select, text

from extensions import db
from models import KeepState, MediaAsset, MediaKeep


@dataclass(frozen=True, slots=True)
class Keep:
    """How far it is with one file."""

    media_id: UUID
    state: KeepState
    error: str
    """Why it could not be kept."""
    age: float
    """Seconds since it was asked for."""

    @property
    def is_open(self) -> bool:
        """Say whether it is waiting or being fetched."""
        return self.state is not KeepState.FAILED


def keep_of(user_id: UUID, media_id: UUID) -> Keep | None:
    """Return how far it is with a file that was asked for and is not kept; None for others."""
    return _keeps(user_id, MediaKeep.media_id == media_id).get(media_id)


def keeps_of_story(user_id: UUID, news_id: UUID) -> dict[UUID, Keep]:
    """Return how far it is with those files of a story that were asked for and are not kept."""
    files = select(MediaAsset.id).where(MediaAsset.news_id == news_id)
    return _keeps(user_id, MediaKeep.media_id.in_(files))


def _keeps(user_id: UUID, which: ColumnElement[bool]) -> dict[UUID, Keep]:
    age = cast(func.extract("epoch", func.now() - MediaKeep.requested_at), Double)
    rows = db.session.execute(
        select(MediaKeep.media_id, MediaKeep.state, MediaKeep.error, age).where(
            MediaKeep.user_id == user_id, which
        )
    )
    return {row.media_id: Keep(*row) for row in rows}


def count_others(user_id: UUID, media_id: UUID) -> int:
    """Count what a reader waits for beside one file."""
    counted = select(func.count()).where(
        MediaKeep.user_id == user_id,
        MediaKeep.media_id != media_id,
        text("media_keeps.state <> 'failed'"),
    )
    return db.session.scalar(counted) or 0
