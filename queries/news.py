"""Reads of stories."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, String, func, select

from extensions import db
from models import NewsStory
from queries.paging import Cursor
from queries.story_parts import (
    author_of,
    generation_of,
    media_of,
    picture_of,
    sound_of,
    sounds_elsewhere_of,
    source_label_of,
    tags_of,
    take_of,
)
from queries.wanted import EVERYTHING, Wanted, matches
from queries.whence import Whence

OWN = (
    "id",
    "headline",
    "content",
    "published_at",
    "created_at",
    "source_url",
    "read_at",
    "starred_at",
    "archived_at",
    "source_id",
    "metadata_",
)
"""What a list reads of the story's own columns."""


@dataclass(frozen=True, slots=True)
class LatestStory(Whence):
    """A row of the lists: the columns of the source document, then ours."""

    id: UUID
    headline: str
    content: str
    published_at: datetime | None
    media: list[dict[str, Any]]
    """{id, type, url} of each asset, oldest first."""
    created_at: datetime
    source_url: str | None
    take: dict[str, Any] | None
    """{id, duration, voice} of the narration that it plays; duration in seconds."""
    generation: dict[str, Any] | None
    """{id, status, stage, progress, failures, error, error_code, age} of the latest attempt at
    one; progress from 0 to 1, age in seconds."""
    sound: dict[str, Any] | None
    """{id, duration, count} of the first of the sounds that are stored."""
    sounds_elsewhere: int
    """How many recordings it has that are not stored."""
    picture: dict[str, Any] | None
    """{id, stored, count} of the first picture that can be shown; of one that is not stored there
    is a small copy."""
    tags: list[dict[str, Any]]
    """{id, name} of each, by name."""
    read_at: datetime | None
    starred_at: datetime | None
    archived_at: datetime | None
    source_label: str | None
    """What the source is called that it arrived from."""
    author: str | None
    """Who wrote it, as its feed says."""


@dataclass(frozen=True, slots=True)
class FoundStory(LatestStory):
    """A row of a search; the matches stand between \x02 and \x03."""

    headline_marked: str
    snippet_marked: str


@dataclass(frozen=True, slots=True)
class Story(Whence):
    """One story as its own page shows it."""

    id: UUID
    headline: str
    content: str
    source_url: str | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None
    starred_at: datetime | None
    archived_at: datetime | None
    source_label: str | None
    """What the source is called that it arrived from."""
    author: str | None
    """Who wrote it, as its feed says."""


def latest_news(user_id: UUID, limit: int = 10, before: Cursor | None = None) -> list[LatestStory]:
    """Return a reader's newest stories with their media: the document's query pattern 1.

    The rows are limited before they meet their media, so that the cost does not grow with
    the history.

    SQL:
        SELECT n.id, n.headline, n.content, n.published_at,
               (SELECT coalesce(
                    json_agg(json_build_object('id', m.id, 'type', m.type, 'url', m.url)
                             ORDER BY m.created_at, m.id), '[]')
                FROM media_assets AS m WHERE m.news_id = n.id) AS media,
               n.created_at, n.source_url,
               (SELECT json_build_object('id', t.id, 'duration', t.duration,
                                         'voice', t.metadata ->> 'voiceName')
                FROM audio_tracks AS t
                WHERE t.news_id = n.id AND t.storage_key IS NOT NULL
                ORDER BY t.chosen_at DESC, t.created_at DESC, t.id DESC LIMIT 1) AS take,
               (SELECT json_build_object('id', g.id, 'status', g.status, 'stage', g.stage,
                                         'progress', g.progress, 'failures', g.failures,
                                         'error', g.error, 'error_code', g.error_code,
                                         'age', extract(epoch FROM now() - g.created_at))
                FROM audio_generation_history AS g
                WHERE g.news_id = n.id
                ORDER BY g.created_at DESC, g.id DESC LIMIT 1) AS generation,
               (SELECT json_build_object('id', m.id, 'duration', m.metadata -> 'duration',
                                         'count', count(*) OVER ())
                FROM media_assets AS m
                WHERE m.news_id = n.id AND m.type = 'audio' AND m.track_id IS NULL
                  AND m.storage_key IS NOT NULL
                ORDER BY m.created_at, m.id LIMIT 1) AS sound,
               (SELECT count(*) FROM media_assets AS m
                WHERE m.news_id = n.id AND m.type = 'audio' AND m.track_id IS NULL
                  AND m.storage_key IS NULL) AS sounds_elsewhere,
               (SELECT json_build_object('id', m.id, 'stored', m.storage_key IS NOT NULL,
                                         'count', count(*) OVER ())
                FROM media_assets AS m
                WHERE m.news_id = n.id AND m.type = 'image' AND m.thumbnail_key IS NOT NULL
                ORDER BY m.created_at, m.id LIMIT 1) AS picture,
               (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name)
                                         ORDER BY lower(t.name)), '[]')
                FROM story_tags AS s JOIN tags AS t ON t.id = s.tag_id
                WHERE s.news_id = n.id) AS tags,
               n.read_at, n.starred_at, n.archived_at,
               (SELECT coalesce(nullif(s.name, ''), nullif(s.title, ''), s.host)
                FROM sources AS s WHERE s.id = n.source_id) AS source_label,
               CASE WHEN jsonb_typeof(n.metadata -> 'author') = 'string'
                    THEN nullif(btrim(left(n.metadata ->> 'author', 200), E' \\t\\r\\n'), '')
               END AS author
        FROM (SELECT * FROM news_history
              WHERE user_id = :user_id
                AND (CAST(:before_at AS timestamptz) IS NULL
                     OR (created_at, id) < (:before_at, CAST(:before_id AS uuid)))
              ORDER BY created_at DESC, id DESC LIMIT :limit) AS n
        ORDER BY n.created_at DESC, n.id DESC
    """
    return listed_news(user_id, EVERYTHING, limit, before)


def listed_news(
    user_id: UUID, wanted: Wanted, limit: int = 10, before: Cursor | None = None
) -> list[LatestStory]:
    """Return the first stories of a view: what `latest_news` does, of a part of the history.

    `before` is the place behind which the page begins, in the order of the view.
    """
    found = wanted.narrow(select(*(getattr(NewsStory, name) for name in OWN)), user_id, before)
    page = found.limit(limit).subquery("n")
    statement = select(*_columns(page.c)).order_by(*wanted.order(page.c.created_at, page.c.id))
    return [LatestStory(*row) for row in db.session.execute(statement)]


def find_row(user_id: UUID, news_id: UUID) -> LatestStory | None:
    """Return one story as lists show it, or None."""
    statement = select(*_columns(NewsStory)).where(
        NewsStory.id == news_id, NewsStory.user_id == user_id
    )
    row = db.session.execute(statement).one_or_none()
    return LatestStory(*row) if row else None


def search_news(
    user_id: UUID,
    typed: str,
    limit: int = 10,
    before: Cursor | None = None,
    wanted: Wanted = EVERYTHING,
) -> list[FoundStory]:
    """Return the newest stories that match what somebody typed (phrases, or, minus), in a view.

    The full-text search is a function of the database that scopes itself to the reader of
    the transaction (see docs/schema.md); the owner stands here as well.
    """
    found = matches(typed, before, limit, wanted)
    words = func.news_query(typed)
    statement: Select[Any] = (
        select(
            *_columns(NewsStory),
            _marked(NewsStory.headline, words, "HighlightAll=true"),
            _marked(_plain(NewsStory.content), words, "MaxWords=32, MinWords=18"),
        )
        .join_from(found, NewsStory, NewsStory.id == found.c.id)
        .where(NewsStory.user_id == user_id)
        .order_by(*wanted.order(NewsStory.created_at, NewsStory.id))
    )
    return [FoundStory(*row) for row in db.session.execute(statement)]


def find_story(user_id: UUID, news_id: UUID) -> Story | None:
    """Return one story of the reader, or None."""
    shown: tuple[Any, ...] = (
        NewsStory.id,
        NewsStory.headline,
        NewsStory.content,
        NewsStory.source_url,
        NewsStory.published_at,
        NewsStory.created_at,
        NewsStory.updated_at,
        NewsStory.read_at,
        NewsStory.starred_at,
        NewsStory.archived_at,
        source_label_of(NewsStory.source_id),
        author_of(NewsStory.metadata_),
    )
    statement: Select[Any] = select(*shown).where(
        NewsStory.id == news_id, NewsStory.user_id == user_id
    )
    row = db.session.execute(statement).one_or_none()
    return Story(*row) if row else None


def find_by_source(user_id: UUID, *addresses: str) -> tuple[UUID, str] | None:
    """Return id and headline of the reader's oldest story from one of the addresses, or None."""
    row = db.session.execute(
        select(NewsStory.id, NewsStory.headline)
        .where(
            NewsStory.user_id == user_id,
            func.md5(NewsStory.source_url).in_([func.md5(one) for one in addresses]),
        )
        .order_by(NewsStory.created_at, NewsStory.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _columns(story: Any) -> tuple[Any, ...]:
    """Return the fields of LatestStory in order; `story` has the columns of its table."""
    return (
        story.id,
        story.headline,
        story.content,
        story.published_at,
        media_of(story.id),
        story.created_at,
        story.source_url,
        take_of(story.id),
        generation_of(story.id),
        sound_of(story.id),
        sounds_elsewhere_of(story.id),
        picture_of(story.id),
        tags_of(story.id),
        story.read_at,
        story.starred_at,
        story.archived_at,
        source_label_of(story.source_id),
        author_of(story.metadata_),
    )


def _plain(content: SQLColumnExpression[str]) -> ColumnElement[str]:
    """Return the beginning of a Markdown text without its marks and addresses."""
    words = func.regexp_replace(
        func.left(content, 20_000), r"!?\[([^\]]*)\]\([^)]*\)", r"\1", "g", type_=String
    )
    words = func.regexp_replace(words, r"[*_#<>`~|\\]+", "", "g", type_=String)
    # Comments and long runs would take the parser seconds, as they would for the search vector.
    return func.regexp_replace(words, r"(\S{200})", r"\1 ", "g", type_=String)


def _marked(text: SQLColumnExpression[str], wanted: ColumnElement[Any], options: str) -> Any:
    marks = f"StartSel=\x02, StopSel=\x03, {options}"
    return func.ts_headline("english", text, wanted, marks, type_=String)
