"""Reads of a reader's sources."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from extensions import db
from models import NewsStory, Source, SourceEntry, SourceState
from queries.story_parts import source_words
from queries.wanted import State, Wanted


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as lists and its page show it."""

    id: UUID
    created_at: datetime
    url: str
    site_url: str | None
    title: str
    name: str
    state: SourceState
    next_fetch_at: datetime
    wanted: bool
    fetching_since: datetime | None
    tried_at: datetime | None
    fetched_at: datetime | None
    arrived_at: datetime | None
    failures: int
    error: str | None
    error_code: str | None
    full_text: bool
    auto_narrate: bool
    keep_last: int | None
    now: datetime
    stories: int
    """How many of its stories are kept."""

    @property
    def label(self) -> str:
        """Return what to call it."""
        return self.name or self.title or self.place

    @property
    def place(self) -> str:
        """Return the site that it belongs to, or else where it is."""
        return _place(self.site_url, self.url)

    @property
    def is_busy(self) -> bool:
        """Say whether it is being visited, or will be in a moment."""
        if self.fetching_since is not None:
            return True
        due = self.next_fetch_at <= self.now
        return due and (self.wanted or self.state is SourceState.ACTIVE)

    @property
    def is_failing(self) -> bool:
        """Say whether its reader should look after it."""
        return self.failures > 0 or self.state is SourceState.GONE


def sources_of(user_id: UUID) -> list[SourceRow]:
    """Return a reader's sources: the failing first, then by name.

    SQL:
        SELECT s.id, s.url, s.title, s.state, s.next_fetch_at, s.failures, s.error,
               (SELECT count(*) FROM news_history AS n
                WHERE n.source_id = s.id AND n.user_id = s.user_id) AS stories
        FROM sources AS s
        WHERE s.user_id = :user_id
        ORDER BY (s.failures > 0 OR s.state = 'gone') DESC,
                 lower(coalesce(nullif(s.name, ''), nullif(s.title, ''), s.host)), s.id
    """
    failing = or_(Source.failures > 0, Source.state == SourceState.GONE)
    rows = db.session.execute(
        _sources(user_id).order_by(failing.desc(), func.lower(source_words()), Source.id)
    )
    return [SourceRow(*row) for row in rows]


def find_source(user_id: UUID, source_id: UUID) -> SourceRow | None:
    """Return one source of the reader, or None."""
    row = db.session.execute(_sources(user_id).where(Source.id == source_id)).one_or_none()
    return SourceRow(*row) if row else None


def find_by_url(user_id: UUID, url: str) -> SourceRow | None:
    """Return the reader's source at that address, or None."""
    same = func.md5(Source.url) == func.md5(url)
    row = db.session.execute(_sources(user_id).where(same)).one_or_none()
    return SourceRow(*row) if row else None


def addresses_of(user_id: UUID) -> set[str]:
    """Return where the reader's sources are."""
    return set(db.session.scalars(select(Source.url).where(Source.user_id == user_id)))


def has_any(user_id: UUID) -> bool:
    """Say whether a reader follows anything."""
    return bool(
        db.session.scalar(select(select(Source.id).where(Source.user_id == user_id).exists()))
    )


def unread_of(user_id: UUID, source_id: UUID) -> int:
    """Return how many stories of a source wait to be read.

    SQL:
        SELECT count(*) FROM news_history
        WHERE user_id = :user_id AND source_id = :source_id
          AND read_at IS NULL AND archived_at IS NULL
    """
    unread = Wanted(state=State.UNREAD, source_id=source_id)
    return (
        db.session.scalar(
            select(func.count()).where(NewsStory.user_id == user_id, *unread.conditions(user_id))
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class SourceStory:
    """A story on its source's page."""

    id: UUID
    headline: str
    published_at: datetime | None
    created_at: datetime


def stories_of(user_id: UUID, source_id: UUID, limit: int = 20) -> list[SourceStory]:
    """Return the newest stories of a source.

    SQL:
        SELECT id, headline, published_at, created_at FROM news_history
        WHERE user_id = :user_id AND source_id = :source_id
        ORDER BY created_at DESC, id DESC LIMIT :limit
    """
    rows = db.session.execute(
        select(NewsStory.id, NewsStory.headline, NewsStory.published_at, NewsStory.created_at)
        .where(NewsStory.user_id == user_id, NewsStory.source_id == source_id)
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(limit)
    )
    return [SourceStory(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SeenIn:
    """A source in which a story was seen."""

    id: UUID
    label: str
    is_origin: bool


def seen_in(user_id: UUID, news_id: UUID) -> list[SeenIn]:
    """Return the sources in which a story was seen, the one that it came from first.

    SQL:
        SELECT s.id, s.name, s.title, s.host, bool_or(e.is_origin)
        FROM source_entries AS e JOIN sources AS s ON s.id = e.source_id
        WHERE e.user_id = :user_id AND e.news_id = :news_id
        GROUP BY s.id ORDER BY bool_or(e.is_origin) DESC, min(e.seen_at), s.id
    """
    origin = func.bool_or(SourceEntry.is_origin)
    rows = db.session.execute(
        select(Source.id, Source.name, Source.title, Source.host, origin)
        .join(SourceEntry, SourceEntry.source_id == Source.id)
        .where(SourceEntry.user_id == user_id, SourceEntry.news_id == news_id)
        .group_by(Source.id)
        .order_by(origin.desc(), func.min(SourceEntry.seen_at), Source.id)
    )
    return [SeenIn(row[0], row[1] or row[2] or row[3], row[4]) for row in rows]


@dataclass(frozen=True, slots=True)
class Origin:
    """A source by its name, such as the one that a story arrived from."""

    id: UUID
    label: str


def find_label(user_id: UUID, source_id: UUID) -> str | None:
    """Return what the reader's source is called, or None."""
    return db.session.scalar(
        select(source_words()).where(Source.user_id == user_id, Source.id == source_id)
    )


def names(user_id: UUID) -> list[Origin]:
    """Return all of a reader's sources by name, for a list to choose from.

    SQL:
        SELECT s.id, coalesce(nullif(s.name, ''), nullif(s.title, ''), s.host) AS label
        FROM sources AS s WHERE s.user_id = :user_id
        ORDER BY lower(coalesce(nullif(s.name, ''), nullif(s.title, ''), s.host)), s.id
    """
    label = source_words()
    rows = db.session.execute(
        select(Source.id, label)
        .where(Source.user_id == user_id)
        .order_by(func.lower(label), Source.id)
    )
    return [Origin(*row) for row in rows]


def origins_of(user_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Origin]:
    """Return the source of each of these stories that arrived from one, by the story's id.

    SQL:
        SELECT n.id, s.id, s.name, s.title, s.site_url, s.url
        FROM news_history AS n JOIN sources AS s ON s.id = n.source_id
        WHERE n.user_id = :user_id AND n.id = ANY (CAST(:ids AS uuid[]))
    """
    rows = db.session.execute(
        select(NewsStory.id, Source.id, Source.name, Source.title, Source.site_url, Source.url)
        .join(Source, Source.id == NewsStory.source_id)
        .where(NewsStory.user_id == user_id, NewsStory.id.in_(list(ids)))
    )
    return {
        story: Origin(source, name or title or _place(site_url, url))
        for story, source, name, title, site_url, url in rows
    }


def _place(site_url: str | None, url: str) -> str:
    return (urlsplit(site_url or url).hostname or url).removeprefix("www.")


def _sources(user_id: UUID) -> Select[Any]:
    stories = (
        select(func.count())
        .where(NewsStory.source_id == Source.id, NewsStory.user_id == Source.user_id)
        .scalar_subquery()
    )
    columns = [getattr(Source, name) for name in SourceRow.__slots__[:-2]]
    return select(*columns, func.now(), stories).where(Source.user_id == user_id)
