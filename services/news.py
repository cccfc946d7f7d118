"""Writing, changing and deleting stories."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError, OperationalError

from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import AudioGeneration, NewsStory
from queries.news import find_by_source, find_story
from services import media, plans, tracks, usage
from services.feeds.canonical import spellings
from services.reading import within_limit
from services.usage import Action

MISSING = "That story doesn't exist, or isn't yours."
_OVER_A_LIMIT = "54000"
"""PostgreSQL's code when a search vector would be over a megabyte."""


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


class Overtaken(Conflict):
    """The story was changed elsewhere while somebody wrote."""

    def __init__(self) -> None:
        super().__init__(
            "This story was changed elsewhere after you opened it. Your words are still here;"
            " saving again puts them in its place."
        )


def create(user_id: UUID, draft: Draft, created_at: datetime | None = None) -> UUID:
    """Write a story and return its id; `created_at` places it in the history, None on top.

    The caller commits.

    Raises:
        DuplicateSource: a story from that address is there, in whatever spelling, even if
            another request wrote it a moment ago.
        InvalidInput: the text holds too many different words.
        LimitReached: the reader's plan keeps no more stories; roll back.
    """
    if draft.source_url and (same := find_same(user_id, draft.source_url)):
        raise DuplicateSource(*same)
    with _refusing(user_id, draft):
        news_id: UUID = db.session.execute(
            insert(NewsStory)
            .values(
                user_id=user_id,
                headline=draft.headline,
                content=draft.content,
                source_url=draft.source_url,
                published_at=draft.published_at or func.now(),
                created_at=created_at or func.now(),
            )
            .returning(NewsStory.id)
        ).scalar_one()
    plans.check_stories(user_id)
    usage.record(user_id, Action.STORY_CREATED, news_id=news_id)
    return news_id


def find_same(user_id: UUID, address: str) -> tuple[UUID, str] | None:
    """Return id and headline of the reader's story from an address, however it is spelled."""
    return find_by_source(user_id, *spellings(address))


def change(user_id: UUID, news_id: UUID, draft: Draft, seen: datetime | None = None) -> None:
    """Replace what the reader wrote. The caller commits.

    `seen` is when the story was last changed as far as the writer knows; None asks nothing.

    Raises:
        NotFound: the reader has no such story.
        Overtaken: it was changed since then.
        DuplicateSource: another story of theirs is from that address.
        InvalidInput: the text holds too many different words.
    """
    with _refusing(user_id, draft):
        changed = db.session.scalar(
            update(NewsStory)
            .where(
                NewsStory.id == news_id,
                NewsStory.user_id == user_id,
                NewsStory.updated_at == seen if seen else true(),
            )
            .values(
                headline=draft.headline,
                content=draft.content,
                source_url=draft.source_url,
                published_at=func.coalesce(draft.published_at, NewsStory.published_at),
            )
            .returning(NewsStory.id)
        )
    if changed is None and seen and find_story(user_id, news_id):
        raise Overtaken
    if changed is None:
        raise NotFound(MISSING)


def hold(user_id: UUID, news_id: UUID) -> None:
    """Let nobody else change a story until this transaction ends.

    Raises:
        NotFound: the reader has no such story.
    """
    mine = (NewsStory.id == news_id, NewsStory.user_id == user_id)
    if db.session.scalar(select(NewsStory.id).where(*mine).with_for_update()) is None:
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
    # A worker that is about to finish a narration waits for this lock, and then finds the
    # story gone; one that has just finished it left a track that is seen below.
    hold(user_id, news_id)
    narrations = tracks.delete_of_story(user_id, news_id)
    # What lives elsewhere and was never kept means nothing without its story.
    doomed = media.delete_all if with_media else media.delete_remote
    keys = doomed(user_id, news_id)
    unfinished = db.session.scalars(
        delete(AudioGeneration)
        .where(AudioGeneration.user_id == user_id, AudioGeneration.news_id == news_id)
        .returning(AudioGeneration.storage_key)
    )
    keys += [key for key in unfinished if key is not None]
    db.session.execute(
        delete(NewsStory).where(NewsStory.id == news_id, NewsStory.user_id == user_id)
    )
    return Removed(keys, narrations)


def remove_many(user_id: UUID, ids: Iterable[UUID], *, with_media: bool) -> tuple[int, Removed]:
    """Delete those of the stories that are the reader's; return how many those were.

    The caller commits, and only then removes the objects.

    Raises:
        InvalidInput: none is named, or too many for one request.
    """
    count, all_of_it = 0, Removed([], [])
    # In one order, so that two requests never wait for each other in a circle.
    for news_id in sorted(within_limit(ids)):
        try:
            one = remove(user_id, news_id, with_media=with_media)
        except NotFound:
            continue
        count += 1
        all_of_it.keys.extend(one.keys)
        all_of_it.tracks.extend(one.tracks)
    return count, all_of_it


@contextmanager
def _refusing(user_id: UUID, draft: Draft) -> Iterator[None]:
    """Put what PostgreSQL refuses into words; the transaction goes on as before the block."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        raise _duplicate(user_id, draft) from error
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _OVER_A_LIMIT:
            raise
        raise InvalidInput(
            "This text holds more different words than can be searched. Split it in two."
        ) from error


def _duplicate(user_id: UUID, draft: Draft) -> Exception:
    same = find_by_source(user_id, draft.source_url or "")
    if same is None:
        return Conflict("The story could not be saved because it changed meanwhile. Try again.")
    return DuplicateSource(*same)
