"""Writing, changing and deleting stories."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert

from errors import Conflict, NotFound
from extensions import db
from models import AudioGeneration, NewsStory
from queries.news import find_by_source
from services import media, tracks, usage

MISSING = "That story doesn't exist, or isn't yours."


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader writes of a story; `content` is Markdown."""

    headline: str
    content: str
    source_url: str | None = None
    published_at: datetime | None = None
    """None means now."""


class DuplicateSource(Conflict):
    """The reader keeps a story from that address already."""

    def __init__(self, news_id: UUID, headline: str) -> None:
        super().__init__(f"You already keep a story from this address: {headline}")
        self.news_id = news_id
        self.headline = headline


def create(user_id: UUID, draft: Draft, created_at: datetime | None = None) -> UUID:
    """Write a story and return its id; `created_at` places it in the history, None on top.

    The caller commits.

    Raises:
        DuplicateSource: a story from that address is there, even if another request wrote it
            a moment ago.
    """
    news_id: UUID | None = db.session.scalar(
        insert(NewsStory)
        .values(
            user_id=user_id,
            headline=draft.headline,
            content=draft.content,
            source_url=draft.source_url,
            published_at=draft.published_at or func.now(),
            created_at=created_at or func.now(),
        )
        .on_conflict_do_nothing()
        .returning(NewsStory.id)
    )
    if news_id is None:
        raise _duplicate(user_id, draft)
    usage.record(user_id, "story_created", news_id=news_id)
    return news_id


def change(user_id: UUID, news_id: UUID, draft: Draft) -> None:
    """Replace what the reader wrote. The caller commits.

    Raises:
        NotFound: the reader has no such story.
        DuplicateSource: another story of theirs is from that address.
    """
    if draft.source_url is not None:
        # Two requests at once may pass this check; then the unique index refuses the second.
        same = find_by_source(user_id, draft.source_url)
        if same and same[0] != news_id:
            raise DuplicateSource(*same)
    changed = db.session.scalar(
        update(NewsStory)
        .where(NewsStory.id == news_id, NewsStory.user_id == user_id)
        .values(
            headline=draft.headline,
            content=draft.content,
            source_url=draft.source_url,
            published_at=func.coalesce(draft.published_at, NewsStory.published_at),
        )
        .returning(NewsStory.id)
    )
    if changed is None:
        raise NotFound(MISSING)


@dataclass(frozen=True, slots=True)
class Removed:
    """What is to be taken from storage once a story's deletion is committed."""

    keys: list[str]
    tracks: list[tracks.DeletedTrack]


def remove(user_id: UUID, news_id: UUID, *, with_media: bool) -> Removed:
    """Delete a story with its narrations; its media go along or back to the library.

    The caller commits, and only then removes the objects.

    Raises:
        NotFound: the reader has no such story.
    """
    keys = media.delete_all(user_id, news_id) if with_media else []
    narrations = tracks.delete_of_story(user_id, news_id)
    db.session.execute(
        delete(AudioGeneration).where(
            AudioGeneration.user_id == user_id, AudioGeneration.news_id == news_id
        )
    )
    gone = db.session.scalar(
        delete(NewsStory)
        .where(NewsStory.id == news_id, NewsStory.user_id == user_id)
        .returning(NewsStory.id)
    )
    if gone is None:
        raise NotFound(MISSING)
    return Removed(keys, narrations)


def _duplicate(user_id: UUID, draft: Draft) -> Exception:
    same = find_by_source(user_id, draft.source_url or "")
    if same is None:
        return Conflict("The story could not be saved because it changed meanwhile. Try again.")
    return DuplicateSource(*same)
