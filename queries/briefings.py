"""Reads about briefings: the plan, what became of each, and what could be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from extensions import db
from models import (
    AudioAlignment,
    AudioGeneration,
    AudioTrack,
    Briefing,
    BriefingPlan,
    BriefingState,
    NewsStory,
)
from models.audio import OPEN

KIND = "briefing"
"""What `audio_tracks.metadata` says of a briefing's sound under `kind`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a reader wants a briefing, and of what kind."""

    active: bool = False
    hour: int = 7
    zone: str = ""
    """An IANA name; empty for a reader who never chose one."""
    voice_id: str = ""
    stories: int = 10
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One briefing as its reader's page tells of it."""

    id: UUID
    state: BriefingState
    day: date
    created_at: datetime
    chosen: int
    """How many stories were to be in it."""
    note: str
    track_id: UUID | None
    duration: float | None
    """Seconds; None while there is no sound."""
    peaks: list[int] | None
    chapters: list[dict[str, Any]] | None

    @property
    def is_open(self) -> bool:
        """Say whether it is still being made."""
        return self.state is BriefingState.GATHERING


@dataclass(frozen=True, slots=True)
class Part:
    """A story's take with all that is needed to join it to others."""

    news_id: UUID
    headline: str
    source_url: str | None
    track_id: UUID
    storage_key: str
    text: str
    metadata: dict[str, Any]
    characters: list[str] | None
    """None for a take without times."""
    start_times: list[float] | None
    end_times: list[float] | None


def plan_of(user_id: UUID) -> Plan:
    """Return a reader's plan; what is usual when there is none.

    SQL:
        SELECT active, hour, zone, voice_id, stories, next_at
        FROM briefing_plans WHERE user_id = :user_id
    """
    row = db.session.execute(
        select(
            BriefingPlan.active,
            BriefingPlan.hour,
            BriefingPlan.zone,
            BriefingPlan.voice_id,
            BriefingPlan.stories,
            BriefingPlan.next_at,
        ).where(BriefingPlan.user_id == user_id)
    ).one_or_none()
    return Plan(*row) if row else Plan()


def latest_briefings(user_id: UUID, limit: int = 5) -> list[Told]:
    """Return a reader's briefings, newest first.

    That there was nothing to tell is news only of the very latest: on quiet days such answers
    would push out what can be heard.

    SQL:
        SELECT b.id, b.state, b.day, b.created_at, cardinality(b.news_ids), b.note, b.track_id,
               t.duration, t.metadata -> 'peaks', t.metadata -> 'chapters'
        FROM briefings AS b
        LEFT JOIN audio_tracks AS t ON t.id = b.track_id AND t.user_id = :user_id
        WHERE b.user_id = :user_id
          AND (b.state <> 'nothing'
               OR b.id = (SELECT id FROM briefings WHERE user_id = :user_id
                          ORDER BY created_at DESC, id DESC LIMIT 1))
        ORDER BY b.created_at DESC, b.id DESC
        LIMIT CAST(:limit AS integer)
    """
    other = aliased(Briefing)
    latest = (
        select(other.id)
        .where(other.user_id == user_id)
        .order_by(other.created_at.desc(), other.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Briefing.id,
            Briefing.state,
            Briefing.day,
            Briefing.created_at,
            func.cardinality(Briefing.news_ids),
            Briefing.note,
            Briefing.track_id,
            AudioTrack.duration,
            AudioTrack.metadata_["peaks"],
            AudioTrack.metadata_["chapters"],
        )
        .outerjoin(
            AudioTrack, (AudioTrack.id == Briefing.track_id) & (AudioTrack.user_id == user_id)
        )
        .where(
            Briefing.user_id == user_id,
            (Briefing.state != BriefingState.NOTHING) | (Briefing.id == latest),
        )
        .order_by(Briefing.created_at.desc(), Briefing.id.desc())
        .limit(limit)
    )
    return [Told(*row) for row in rows]


def stories_to_tell(user_id: UUID, limit: int, age: timedelta) -> list[UUID]:
    """Return unread stories that came within `age` and were in no briefing yet, newest first.

    SQL:
        SELECT n.id FROM news_history AS n
        WHERE n.user_id = :user_id AND n.read_at IS NULL AND n.archived_at IS NULL
          AND n.created_at > now() - CAST(:age AS interval)
          AND NOT EXISTS (SELECT FROM briefings AS b
                          WHERE b.user_id = :user_id AND b.state = 'done'
                            AND n.id = ANY (b.news_ids)
                            AND b.created_at > now() - 2 * CAST(:age AS interval))
        ORDER BY n.created_at DESC, n.id DESC
        LIMIT CAST(:limit AS integer)
    """
    told = (
        select(Briefing.id)
        .where(
            Briefing.user_id == user_id,
            Briefing.state == BriefingState.DONE,
            NewsStory.id == func.any(Briefing.news_ids),
            Briefing.created_at > func.now() - 2 * age,
        )
        .exists()
    )
    statement = (
        select(NewsStory.id)
        .where(
            NewsStory.user_id == user_id,
            NewsStory.read_at.is_(None),
            NewsStory.archived_at.is_(None),
            NewsStory.created_at > func.now() - age,
            ~told,
        )
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def narrated(user_id: UUID, news_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these stories have a take that is stored here."""
    statement = select(AudioTrack.news_id).where(
        AudioTrack.user_id == user_id,
        AudioTrack.news_id.in_(news_ids),
        AudioTrack.storage_key.is_not(None),
    )
    return {found for found in db.session.scalars(statement) if found}


def count_unfinished(user_id: UUID, news_ids: Sequence[UUID]) -> int:
    """Return how many of these stories are still to be read aloud and have no take yet."""
    waiting = db.session.scalars(
        select(AudioGeneration.news_id)
        .where(AudioGeneration.user_id == user_id, AudioGeneration.news_id.in_(news_ids), OPEN)
        .distinct()
    )
    return len(set(waiting) - narrated(user_id, news_ids))


def parts_of(user_id: UUID, news_ids: Sequence[UUID]) -> list[Part]:
    """Return the take that each of these stories plays, with its times, in the order given.

    SQL:
        SELECT DISTINCT ON (t.news_id) t.news_id, n.headline, n.source_url, t.id, t.storage_key,
               t.text, t.metadata, a.characters, a.start_times, a.end_times
        FROM audio_tracks AS t
        JOIN news_history AS n ON n.id = t.news_id AND n.user_id = :user_id
        LEFT JOIN audio_alignments AS a ON a.track_id = t.id
        WHERE t.user_id = :user_id AND t.storage_key IS NOT NULL
          AND t.news_id = ANY (CAST(:news_ids AS uuid[]))
        ORDER BY t.news_id, t.chosen_at DESC, t.created_at DESC, t.id DESC
    """
    rows = db.session.execute(
        select(
            AudioTrack.news_id,
            NewsStory.headline,
            NewsStory.source_url,
            AudioTrack.id,
            AudioTrack.storage_key,
            AudioTrack.text,
            AudioTrack.metadata_,
            AudioAlignment.characters,
            AudioAlignment.start_times,
            AudioAlignment.end_times,
        )
        .join(NewsStory, (NewsStory.id == AudioTrack.news_id) & (NewsStory.user_id == user_id))
        .outerjoin(AudioAlignment, AudioAlignment.track_id == AudioTrack.id)
        .where(
            AudioTrack.user_id == user_id,
            AudioTrack.storage_key.is_not(None),
            AudioTrack.news_id.in_(news_ids),
        )
        .ext(distinct_on(AudioTrack.news_id))
        .order_by(
            AudioTrack.news_id,
            AudioTrack.chosen_at.desc(),
            AudioTrack.created_at.desc(),
            AudioTrack.id.desc(),
        )
    )
    found = {row[0]: Part(*tuple[Any, ...](row)) for row in rows}
    return [found[news_id] for news_id in news_ids if news_id in found]


def stories_in(user_id: UUID, track_id: UUID) -> list[UUID]:
    """Return the stories that a briefing's sound tells; none for any other sound.

    SQL:
        SELECT news_ids FROM briefings WHERE user_id = :user_id AND track_id = :track_id
    """
    statement = select(Briefing.news_ids).where(
        Briefing.user_id == user_id, Briefing.track_id == track_id
    )
    return list(db.session.scalar(statement) or [])
