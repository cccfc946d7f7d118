"""Which stories a source that keeps its last N may let go of."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from extensions import db
from models import AudioGeneration, AudioTrack, GenerationStatus, NewsStory, StoryTag


def is_kept_for_good() -> ColumnElement[bool]:
    """Return the condition on stories that retention never removes.

    Those are the starred ones, those that carry a tag of the reader's own hand (one that came
    from the source says nothing), and those that were narrated or are about to be. Put
    `~is_kept_for_good()` beside the owner and whatever else a statement asks.
    """
    by_hand = select(1).where(StoryTag.news_id == NewsStory.id, StoryTag.by_source.is_(False))
    narrated = select(1).where(AudioTrack.news_id == NewsStory.id)
    wished = select(1).where(
        AudioGeneration.news_id == NewsStory.id,
        AudioGeneration.status.in_((GenerationStatus.PENDING, GenerationStatus.PROCESSING)),
    )
    return or_(
        NewsStory.starred_at.is_not(None), by_hand.exists(), narrated.exists(), wished.exists()
    )


def may_go(user_id: UUID, ids: Iterable[UUID]) -> list[UUID]:
    """Return those of a reader's stories that retention may remove.

    SQL:
        SELECT n.id FROM news_history AS n
        WHERE n.user_id = :user_id AND n.id = ANY (CAST(:ids AS uuid[]))
          AND n.starred_at IS NULL
          AND NOT EXISTS (SELECT FROM story_tags AS s WHERE s.news_id = n.id AND NOT s.by_source)
          AND NOT EXISTS (SELECT FROM audio_tracks AS t WHERE t.news_id = n.id)
          AND NOT EXISTS (SELECT FROM audio_generation_history AS g
                          WHERE g.news_id = n.id AND g.status IN ('pending', 'processing'))
        ORDER BY n.id
    """
    statement = select(NewsStory.id).where(
        NewsStory.user_id == user_id, NewsStory.id.in_(list(ids)), ~is_kept_for_good()
    )
    return list(db.session.scalars(statement.order_by(NewsStory.id)))
