"""Reads of tags."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select

from extensions import db
from models import StoryTag, Tag


@dataclass(frozen=True, slots=True)
class TagName:
    """One tag of a reader."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class CountedTag(TagName):
    """A tag and how many stories carry it."""

    stories: int


@dataclass(frozen=True, slots=True)
class OfferedTag(TagName):
    """A tag that a story carries, or could carry."""

    carried: bool


def all_tags(user_id: UUID) -> list[TagName]:
    """Return a reader's tags by name.

    SQL:
        SELECT id, name FROM tags WHERE user_id = :user_id ORDER BY lower(name)
    """
    rows = db.session.execute(
        select(Tag.id, Tag.name).where(Tag.user_id == user_id).order_by(func.lower(Tag.name))
    )
    return [TagName(*row) for row in rows]


def counted_tags(user_id: UUID) -> list[CountedTag]:
    """Return a reader's tags by name, with the number of stories of each.

    SQL:
        SELECT t.id, t.name, count(s.news_id)
        FROM tags AS t LEFT JOIN story_tags AS s ON s.tag_id = t.id
        WHERE t.user_id = :user_id
        GROUP BY t.id ORDER BY lower(t.name)
    """
    rows = db.session.execute(
        select(Tag.id, Tag.name, func.count(StoryTag.news_id))
        .outerjoin(StoryTag, StoryTag.tag_id == Tag.id)
        .where(Tag.user_id == user_id)
        .group_by(Tag.id)
        .order_by(func.lower(Tag.name))
    )
    return [CountedTag(*row) for row in rows]


def tags_for(user_id: UUID, news_id: UUID) -> list[OfferedTag]:
    """Return all of a reader's tags by name, and which of them a story carries.

    SQL:
        SELECT t.id, t.name, s.news_id IS NOT NULL
        FROM tags AS t LEFT JOIN story_tags AS s ON s.tag_id = t.id AND s.news_id = :news_id
        WHERE t.user_id = :user_id
        ORDER BY lower(t.name)
    """
    here = and_(StoryTag.tag_id == Tag.id, StoryTag.news_id == news_id)
    rows = db.session.execute(
        select(Tag.id, Tag.name, StoryTag.news_id.is_not(None))
        .outerjoin(StoryTag, here)
        .where(Tag.user_id == user_id)
        .order_by(func.lower(Tag.name))
    )
    return [OfferedTag(*row) for row in rows]


def find_tag(user_id: UUID, name: str) -> TagName | None:
    """Return the reader's tag of that name, in whatever case it is written, or None."""
    row = db.session.execute(
        select(Tag.id, Tag.name).where(
            Tag.user_id == user_id, func.lower(Tag.name) == func.lower(name)
        )
    ).one_or_none()
    return TagName(*row) if row else None


def get_tag(user_id: UUID, tag_id: UUID) -> TagName | None:
    """Return one tag of the reader, or None."""
    row = db.session.execute(
        select(Tag.id, Tag.name).where(Tag.user_id == user_id, Tag.id == tag_id)
    ).one_or_none()
    return TagName(*row) if row else None


def most_on_a_story(user_id: UUID, ids: Iterable[UUID]) -> int:
    """Return how many tags the one of these stories carries that has most."""
    counted = (
        select(func.count().label("tags"))
        .where(StoryTag.user_id == user_id, StoryTag.news_id.in_(list(ids)))
        .group_by(StoryTag.news_id)
        .subquery()
    )
    return int(db.session.scalar(select(func.max(counted.c.tags))) or 0)
