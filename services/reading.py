"""What a reader does with stories: read, star, archive. It never changes a story's updated_at."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_, update

from errors import InvalidInput
from extensions import db
from models import NewsStory, User
from queries.paging import Cursor
from queries.wanted import Wanted

MOST = 200
"""Stories that one request may name."""
AT_ONCE = 2000
"""Stories that one request marks as read without naming them; each costs its search vector."""


class Mark(StrEnum):
    """What a story becomes."""

    READ = "read"
    UNREAD = "unread"
    STARRED = "starred"
    UNSTARRED = "unstarred"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"

    @property
    def opposite(self) -> "Mark":
        """Return what undoes it."""
        return _OPPOSITES[self]


_PAIRS = (
    (Mark.READ, Mark.UNREAD, NewsStory.read_at),
    (Mark.STARRED, Mark.UNSTARRED, NewsStory.starred_at),
    (Mark.ARCHIVED, Mark.UNARCHIVED, NewsStory.archived_at),
)
_OPPOSITES = {on: off for on, off, _ in _PAIRS} | {off: on for on, off, _ in _PAIRS}
_SETS = {on: column for on, _, column in _PAIRS}
_CLEARS = {off: column for _, off, column in _PAIRS}


def mark(user_id: UUID, ids: Iterable[UUID], what: Mark) -> list[UUID]:
    """Mark stories of a reader and return those that were not so before.

    Ids of others' stories are passed over. The caller commits.

    Raises:
        InvalidInput: more stories are named than one request may.
    """
    named = within_limit(ids)
    column: Any = _SETS.get(what) or _CLEARS[what]
    changes = column.is_(None) if what in _SETS else column.is_not(None)
    # Locked in one order, so that two devices never wait for each other in a circle.
    locked = (
        select(NewsStory.id)
        .where(NewsStory.user_id == user_id, NewsStory.id.in_(named), changes)
        .order_by(NewsStory.id)
        .with_for_update()
    )
    changed = db.session.scalars(
        update(NewsStory)
        .where(NewsStory.user_id == user_id, NewsStory.id.in_(locked), changes)
        .values({column: func.now() if what in _SETS else None})
        .returning(NewsStory.id)
        .execution_options(synchronize_session=False)
    )
    return list(changed)


@dataclass(frozen=True, slots=True)
class MarkedAll:
    """What came of marking a whole view."""

    count: int
    at: datetime | None
    """The moment that all of them carry, by which it can be undone."""
    more: bool
    """There are more than one request marks."""


def mark_all_read(user_id: UUID, wanted: Wanted, upto: Cursor) -> MarkedAll:
    """Mark the unread stories of a view as read, up to and with a place in the history.

    What arrived after that place was seen is left alone. The caller commits.
    """
    waiting = (
        select(NewsStory.id)
        .where(
            NewsStory.user_id == user_id,
            NewsStory.read_at.is_(None),
            tuple_(NewsStory.created_at, NewsStory.id) <= tuple_(upto.created_at, upto.id),
            *wanted.conditions(user_id),
        )
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .limit(AT_ONCE)
        .with_for_update()
    )
    stamps = db.session.scalars(
        update(NewsStory)
        .where(NewsStory.user_id == user_id, NewsStory.id.in_(waiting))
        .values(read_at=func.now())
        .returning(NewsStory.read_at)
        .execution_options(synchronize_session=False)
    ).all()
    return MarkedAll(len(stamps), stamps[0] if stamps else None, len(stamps) == AT_ONCE)


def unmark_all(user_id: UUID, at: datetime) -> int:
    """Undo `mark_all_read`: the stories read at exactly that moment wait again.

    The caller commits.
    """
    undone = db.session.scalars(
        update(NewsStory)
        .where(NewsStory.user_id == user_id, NewsStory.read_at == at)
        .values(read_at=None)
        .returning(NewsStory.id)
        .execution_options(synchronize_session=False)
    )
    return len(undone.all())


def was_heard(user_id: UUID, news_id: UUID) -> None:
    """Mark a story as read because one of its narrations was heard, unless its reader objects.

    The caller commits, in the transaction that keeps the place.
    """
    noted = User.metadata_["reading"]["mark_read"].astext
    wish = select(noted).where(User.id == user_id).scalar_subquery()
    db.session.execute(
        update(NewsStory)
        .where(
            NewsStory.user_id == user_id,
            NewsStory.id == news_id,
            NewsStory.read_at.is_(None),
            wish.is_distinct_from("never"),
        )
        .values(read_at=func.now())
        .execution_options(synchronize_session=False)
    )


def within_limit(ids: Iterable[UUID]) -> list[UUID]:
    """Return the ids once each.

    Raises:
        InvalidInput: they are none, or too many for one request.
    """
    named = list(dict.fromkeys(ids))
    if not named:
        raise InvalidInput("Tick at least one story.")
    if len(named) > MOST:
        raise InvalidInput(f"Tick up to {MOST} stories at a time.")
    return named
