"""Letting old stories of a source go, but never what its reader set store by."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from extensions import db
from models import AudioGeneration, MediaAsset, NewsStory, SourceEntry
from queries.news_retention import is_kept_for_good


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many stories went, and the objects to be removed once that is committed."""

    count: int = 0
    keys: tuple[str, ...] = ()


def keep_last(user_id: UUID, source_id: UUID, count: int) -> Pruned:
    """Delete a source's stories beyond the newest `count`.

    Belongs into a transaction in the name of the reader. Never deleted are stories that were
    narrated, starred, tagged or changed by their reader, and those with files that are stored.
    """
    kept = (
        select(NewsStory.id)
        .where(NewsStory.user_id == user_id, NewsStory.source_id == source_id)
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(count)
    )
    return _delete(user_id, source_id, NewsStory.id.not_in(kept))


def delete_of_source(user_id: UUID, source_id: UUID) -> Pruned:
    """Delete a source's stories but those that its reader set store by."""
    return _delete(user_id, source_id)


def _delete(user_id: UUID, source_id: UUID, *which: ColumnElement[bool]) -> Pruned:
    doomed = list(
        db.session.scalars(
            select(NewsStory.id)
            .where(
                NewsStory.user_id == user_id,
                NewsStory.source_id == source_id,
                *which,
                *_nobody_minds(),
            )
            .with_for_update(of=NewsStory)
        )
    )
    if not doomed:
        return Pruned()
    keys = db.session.scalars(
        delete(MediaAsset)
        .where(MediaAsset.user_id == user_id, MediaAsset.news_id.in_(doomed))
        .returning(MediaAsset.thumbnail_key)
    ).all()
    db.session.execute(
        delete(AudioGeneration).where(
            AudioGeneration.user_id == user_id, AudioGeneration.news_id.in_(doomed)
        )
    )
    db.session.execute(
        delete(NewsStory).where(NewsStory.user_id == user_id, NewsStory.id.in_(doomed))
    )
    return Pruned(len(doomed), tuple(key for key in keys if key))


def _nobody_minds() -> list[ColumnElement[bool]]:
    """Return what must be so of a story that may go."""
    as_written = select(SourceEntry.story_digest).where(
        SourceEntry.news_id == NewsStory.id, SourceEntry.is_origin
    )
    # As services.sources.storing.story_digest makes it.
    now = func.left(
        func.encode(
            func.sha256(
                func.convert_to(NewsStory.headline, "UTF8")
                .op("||")(func.decode("00", "hex"))
                .op("||")(func.convert_to(NewsStory.content, "UTF8"))
            ),
            "hex",
        ),
        40,
    )
    return [
        ~is_kept_for_good(),
        ~select(MediaAsset.id)
        .where(MediaAsset.news_id == NewsStory.id, MediaAsset.storage_key.is_not(None))
        .exists(),
        now.in_(as_written),
    ]
