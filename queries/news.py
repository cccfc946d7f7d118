"""Reads of stories."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    column,
    func,
    select,
    tuple_,
)

from extensions import db
from models import NewsStory
from queries.paging import Cursor
from queries.story_parts import generation_of, media_of, picture_of, sound_of, take_of


@dataclass(frozen=True, slots=True)
class LatestStory:
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
    picture: dict[str, Any] | None
    """{id, stored, count} of the first picture that can be shown; of one that is not stored there
    is a small copy."""

    @property
    def source_name(self) -> str | None:
        """Return the site that the story came from."""
        return site(self.source_url)


@dataclass(frozen=True, slots=True)
class FoundStory(LatestStory):
    """A row of a search; the matches stand between \x02 and \x03."""

    headline_marked: str
    snippet_marked: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as its own page shows it."""

    id: UUID
    headline: str
    content: str
    source_url: str | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def source_name(self) -> str | None:
        """Return the site that the story came from."""
        return site(self.source_url)


def site(address: str | None) -> str | None:
    """Return the host of a web address without www; None for anything else."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return parts.hostname.removeprefix("www.")


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
               (SELECT json_build_object('id', m.id, 'stored', m.storage_key IS NOT NULL,
                                         'count', count(*) OVER ())
                FROM media_assets AS m
                WHERE m.news_id = n.id AND m.type = 'image' AND m.thumbnail_key IS NOT NULL
                ORDER BY m.created_at, m.id LIMIT 1) AS picture
        FROM (SELECT * FROM news_history
              WHERE user_id = :user_id
                AND (CAST(:before_at AS timestamptz) IS NULL
                     OR (created_at, id) < (:before_at, CAST(:before_id AS uuid)))
              ORDER BY created_at DESC, id DESC LIMIT :limit) AS n
        ORDER BY n.created_at DESC, n.id DESC
    """
    newest = (
        select(
            NewsStory.id,
            NewsStory.headline,
            NewsStory.content,
            NewsStory.published_at,
            NewsStory.created_at,
            NewsStory.source_url,
        )
        .where(NewsStory.user_id == user_id, *_behind(before))
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(limit)
        .subquery("n")
    )
    statement = select(*_columns(newest.c)).order_by(newest.c.created_at.desc(), newest.c.id.desc())
    return [LatestStory(*row) for row in db.session.execute(statement)]


def find_row(user_id: UUID, news_id: UUID) -> LatestStory | None:
    """Return one story as lists show it, or None."""
    statement = select(*_columns(NewsStory)).where(
        NewsStory.id == news_id, NewsStory.user_id == user_id
    )
    row = db.session.execute(statement).one_or_none()
    return LatestStory(*row) if row else None


def search_news(
    user_id: UUID, typed: str, limit: int = 10, before: Cursor | None = None
) -> list[FoundStory]:
    """Return the newest stories that match what somebody typed (phrases, or, minus).

    The full-text search is a function of the database that scopes itself to the reader of
    the transaction (see docs/schema.md); the owner stands here as well.
    """
    found = func.search_news(
        typed, before and before.created_at, before and before.id, limit
    ).table_valued(column("id"), column("created_at"), name="found")
    wanted = func.news_query(typed)
    statement: Select[Any] = (
        select(
            *_columns(NewsStory),
            _marked(NewsStory.headline, wanted, "HighlightAll=true"),
            _marked(_plain(NewsStory.content), wanted, "MaxWords=32, MinWords=18"),
        )
        .join_from(found, NewsStory, NewsStory.id == found.c.id)
        .where(NewsStory.user_id == user_id)
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
    )
    return [FoundStory(*row) for row in db.session.execute(statement)]


def find_story(user_id: UUID, news_id: UUID) -> Story | None:
    """Return one story of the reader, or None."""
    row = db.session.execute(
        select(
            NewsStory.id,
            NewsStory.headline,
            NewsStory.content,
            NewsStory.source_url,
            NewsStory.published_at,
            NewsStory.created_at,
            NewsStory.updated_at,
        ).where(NewsStory.id == news_id, NewsStory.user_id == user_id)
    ).one_or_none()
    return Story(*row) if row else None


def find_by_source(user_id: UUID, source_url: str) -> tuple[UUID, str] | None:
    """Return id and headline of the reader's story from that address, or None."""
    row = db.session.execute(
        select(NewsStory.id, NewsStory.headline).where(
            NewsStory.user_id == user_id,
            func.md5(NewsStory.source_url) == func.md5(source_url),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _behind(before: Cursor | None) -> list[ColumnElement[bool]]:
    if before is None:
        return []
    return [tuple_(NewsStory.created_at, NewsStory.id) < tuple_(before.created_at, before.id)]


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
        picture_of(story.id),
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
