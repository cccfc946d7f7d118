"""Reads of private podcasts: whose an address is, and what is to be heard there."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from extensions import db
from models import (
    AudioAlignment,
    AudioTrack,
    MediaAsset,
    MediaType,
    NewsStory,
    PodcastFeed,
    StoryTag,
    User,
)
from queries.briefings import KIND


@dataclass(frozen=True, slots=True)
class Podcast:
    """A reader's podcast as its owner sees it."""

    token: str
    created_at: datetime
    renewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listener:
    """Whose podcast it is."""

    user_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A narrated story, with the take that it plays, or a briefing."""

    track_id: UUID
    created_at: datetime
    duration: float
    """Seconds."""
    byte_size: int
    """0 when nobody has noted it."""
    storage_key: str
    content_type: str
    headline: str
    content: str
    """Markdown, as much of it as was asked for; empty for a briefing."""
    source_url: str | None
    timed: bool
    """True when captions can be made of it."""
    voice: str | None = None
    image_id: UUID | None = None
    """The story's first picture."""
    chapters: list[dict[str, Any]] | None = field(default=None, hash=False)
    """Of a briefing: `title`, `start` in seconds and `url`."""


def podcast_of(user_id: UUID) -> Podcast | None:
    """Return a reader's podcast, or None when there is no address for it.

    SQL:
        SELECT token, created_at, renewed_at FROM podcast_feeds WHERE user_id = :user_id
    """
    row = db.session.execute(
        select(PodcastFeed.token, PodcastFeed.created_at, PodcastFeed.renewed_at).where(
            PodcastFeed.user_id == user_id
        )
    ).one_or_none()
    return Podcast(*row) if row else None


def find_listener(token: str) -> Listener | None:
    """Return whose podcast has that token; None when nobody's has, or its owner is suspended.

    SQL:
        SELECT p.user_id, u.email
        FROM podcast_feeds AS p JOIN users AS u ON u.id = p.user_id
        WHERE p.token = :token AND u.suspended_at IS NULL
    """
    row = db.session.execute(
        select(PodcastFeed.user_id, User.email)
        .join(User, User.id == PodcastFeed.user_id)
        .where(PodcastFeed.token == token, User.suspended_at.is_(None))
    ).one_or_none()
    return Listener(*row) if row else None


def latest_episodes(
    user_id: UUID,
    limit: int,
    letters: int,
    *,
    tag_id: UUID | None = None,
    source_id: UUID | None = None,
    briefings: bool = False,
) -> list[Episode]:
    """Return a reader's newest narrated stories, each with the take that it plays, and briefings.

    Of each story come `letters` characters. A sound that lives elsewhere is none of them. With
    `briefings` it is those alone; without tag and source, the last conditions are not there.

    SQL:
        SELECT t.id, t.created_at, t.duration, t.byte_size, t.storage_key, t.content_type,
               coalesce(n.headline, t.metadata ->> 'title', ''),
               coalesce(left(n.content, CAST(:letters AS integer)), ''), n.source_url,
               coalesce(t.metadata ->> 'alignment_grade', '') <> 'unusable'
               AND EXISTS (SELECT FROM audio_alignments AS a WHERE a.track_id = t.id),
               t.metadata ->> 'voiceName',
               (SELECT m.id FROM media_assets AS m
                WHERE m.news_id = t.news_id AND m.user_id = :user_id AND m.type = 'image'
                  AND m.thumbnail_key IS NOT NULL
                ORDER BY m.created_at, m.id LIMIT 1),
               t.metadata -> 'chapters'
        FROM audio_tracks AS t
        LEFT JOIN news_history AS n ON n.id = t.news_id AND n.user_id = :user_id
        WHERE t.user_id = :user_id AND t.storage_key IS NOT NULL
          AND (t.metadata ->> 'kind' = 'briefing' OR t.id IN (
            SELECT DISTINCT ON (p.news_id) p.id FROM audio_tracks AS p
            WHERE p.user_id = :user_id AND p.news_id IS NOT NULL AND p.storage_key IS NOT NULL
            ORDER BY p.news_id, p.chosen_at DESC, p.created_at DESC, p.id DESC
        ))
          AND n.source_id = :source_id
          AND EXISTS (SELECT FROM story_tags AS s WHERE s.news_id = n.id AND s.tag_id = :tag_id
                      AND s.user_id = :user_id)
          AND t.metadata ->> 'kind' = 'briefing'
        ORDER BY t.created_at DESC, t.id DESC
        LIMIT CAST(:limit AS integer)
    """
    played = (
        select(AudioTrack.id)
        .where(
            AudioTrack.user_id == user_id,
            AudioTrack.news_id.is_not(None),
            AudioTrack.storage_key.is_not(None),
        )
        .ext(distinct_on(AudioTrack.news_id))
        .order_by(
            AudioTrack.news_id,
            AudioTrack.chosen_at.desc(),
            AudioTrack.created_at.desc(),
            AudioTrack.id.desc(),
        )
    )
    grade = func.coalesce(AudioTrack.metadata_["alignment_grade"].astext, "")
    timed = select(AudioAlignment.id).where(AudioAlignment.track_id == AudioTrack.id).exists()
    statement = (
        select(
            AudioTrack.id,
            AudioTrack.created_at,
            AudioTrack.duration,
            AudioTrack.byte_size,
            AudioTrack.storage_key,
            AudioTrack.content_type,
            func.coalesce(NewsStory.headline, AudioTrack.metadata_["title"].astext, ""),
            func.coalesce(func.left(NewsStory.content, letters), ""),
            NewsStory.source_url,
            (grade != "unusable") & timed,
            AudioTrack.metadata_["voiceName"].astext,
            _picture(user_id),
            AudioTrack.metadata_["chapters"],
        )
        .outerjoin(NewsStory, (NewsStory.id == AudioTrack.news_id) & (NewsStory.user_id == user_id))
        .where(
            AudioTrack.user_id == user_id,
            AudioTrack.storage_key.is_not(None),
            or_(AudioTrack.metadata_["kind"].astext == KIND, AudioTrack.id.in_(played)),
        )
        .order_by(AudioTrack.created_at.desc(), AudioTrack.id.desc())
        .limit(limit)
    )
    if briefings:
        statement = statement.where(AudioTrack.metadata_["kind"].astext == KIND)
    if source_id:
        statement = statement.where(NewsStory.source_id == source_id)
    if tag_id:
        carried = select(StoryTag.news_id).where(
            StoryTag.news_id == NewsStory.id,
            StoryTag.tag_id == tag_id,
            StoryTag.user_id == user_id,
        )
        statement = statement.where(carried.exists())
    return [Episode(*row) for row in db.session.execute(statement)]


def find_chapters(user_id: UUID, track_id: UUID) -> tuple[str, list[dict[str, Any]]] | None:
    """Return title and chapters of a briefing's sound, or None when the reader has no such.

    SQL:
        SELECT metadata ->> 'title', metadata -> 'chapters' FROM audio_tracks
        WHERE user_id = :user_id AND id = :track_id AND metadata ->> 'kind' = 'briefing'
    """
    row = db.session.execute(
        select(AudioTrack.metadata_["title"].astext, AudioTrack.metadata_["chapters"]).where(
            AudioTrack.user_id == user_id,
            AudioTrack.id == track_id,
            AudioTrack.metadata_["kind"].astext == KIND,
        )
    ).one_or_none()
    return (str(row[0] or ""), list(row[1] or [])) if row else None


def _picture(user_id: UUID) -> Any:
    return (
        select(MediaAsset.id)
        .where(
            MediaAsset.news_id == AudioTrack.news_id,
            MediaAsset.user_id == user_id,
            MediaAsset.type == MediaType.IMAGE,
            MediaAsset.thumbnail_key.is_not(None),
        )
        .order_by(MediaAsset.created_at, MediaAsset.id)
        .limit(1)
        .correlate(AudioTrack)
        .scalar_subquery()
    )
