"""Reads about where a reader is in their history: what waits, and what lies beside a story."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, select, union_all

from extensions import db
from models import NewsStory
from queries.paging import Cursor
from queries.story_parts import tags_of
from queries.wanted import Wanted, matches


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The story before or after another one."""

    id: UUID
    headline: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What lies beside a story in a list."""

    previous: Neighbour | None = None
    next: Neighbour | None = None


@dataclass(frozen=True, slots=True)
class MarkedStory:
    """What the buttons and tags of a story show."""

    id: UUID
    headline: str
    read_at: datetime | None
    starred_at: datetime | None
    archived_at: datetime | None
    tags: list[dict[str, Any]]
    """{id, name} of each, by name."""


def marked_stories(user_id: UUID, ids: Iterable[UUID]) -> list[MarkedStory]:
    """Return what became of stories; those that are gone, or another's, are not among them."""
    rows = db.session.execute(
        select(
            NewsStory.id,
            NewsStory.headline,
            NewsStory.read_at,
            NewsStory.starred_at,
            NewsStory.archived_at,
            tags_of(NewsStory.id),
        ).where(NewsStory.user_id == user_id, NewsStory.id.in_(list(ids)))
    )
    return [MarkedStory(*row) for row in rows]


def newest_place(user_id: UUID) -> Cursor | None:
    """Return the place of the newest story: whatever arrives later lies beyond it.

    SQL:
        SELECT created_at, id FROM news_history WHERE user_id = :user_id
        ORDER BY created_at DESC, id DESC LIMIT 1
    """
    row = db.session.execute(
        select(NewsStory.created_at, NewsStory.id)
        .where(NewsStory.user_id == user_id)
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(1)
    ).one_or_none()
    return Cursor(*row) if row else None


def neighbours(user_id: UUID, here: Cursor, wanted: Wanted, typed: str = "") -> Neighbours:
    """Return what stands before and after a place in a view, or among the hits of a search.

    The story itself need not be in the view any more: reading it may have taken it out.
    """
    back = replace(wanted, oldest=not wanted.oldest)
    ways = (("previous", back), ("next", wanted))
    beside = [_first(user_id, here, way, typed, name).subquery(name) for name, way in ways]
    found: dict[str, Any] = {
        way: Neighbour(news_id, headline)
        for way, news_id, headline in db.session.execute(
            union_all(*(select(one.c.way, one.c.id, one.c.headline) for one in beside))
        )
    }
    return Neighbours(**found)


def _first(user_id: UUID, here: Cursor, wanted: Wanted, typed: str, way: str) -> Select[Any]:
    shown: tuple[Any, ...] = (literal(way).label("way"), NewsStory.id, NewsStory.headline)
    story: Select[Any] = select(*shown)
    if not typed:
        return wanted.narrow(story, user_id, here).limit(1)
    found = matches(typed, here, 1, wanted)
    return story.join_from(found, NewsStory, NewsStory.id == found.c.id).where(
        NewsStory.user_id == user_id
    )
