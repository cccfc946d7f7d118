"""Which part of the history a list shows, and in which order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    TableValuedAlias,
    and_,
    column,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from models import MediaAsset, MediaType, NewsStory, StoryTag
from queries.paging import Cursor


class State(StrEnum):
    """What a reader did, or did not yet do, with the stories of a view."""

    UNREAD = "unread"
    STARRED = "starred"
    ARCHIVED = "archived"


_OF_STATE = {
    State.UNREAD: and_(NewsStory.read_at.is_(None), NewsStory.archived_at.is_(None)),
    State.STARRED: NewsStory.starred_at.is_not(None),
    State.ARCHIVED: NewsStory.archived_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of one reader's history; None leaves a question open.

    Each part is read off an index by owner and time, or by tag and time: the first rows of
    it, and what they are checked for one by one.
    """

    state: State | None = None
    tag_id: UUID | None = None
    source_id: UUID | None = None
    """Where they arrived from."""
    sound: bool | None = None
    """Whether there is something to hear: a narration or a recording."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is out of it."""
    oldest: bool = False
    """The oldest first."""

    def narrow(
        self, statement: Select[Any], user_id: UUID, behind: Cursor | None = None
    ) -> Select[Any]:
        """Let a statement on stories give those of this part, in its order, behind a place."""
        time: Any = NewsStory.created_at
        key: Any = NewsStory.id
        if self.tag_id:
            # By the tag's own index, which holds the time of each story too.
            time, key = StoryTag.story_created_at, StoryTag.news_id
            statement = statement.join_from(
                NewsStory, StoryTag, StoryTag.news_id == NewsStory.id
            ).where(StoryTag.tag_id == self.tag_id, StoryTag.user_id == user_id)
        statement = statement.where(
            NewsStory.user_id == user_id, *self.conditions(user_id, time, tagged=True)
        )
        if behind:
            place, here = tuple_(time, key), tuple_(behind.created_at, behind.id)
            statement = statement.where(place > here if self.oldest else place < here)
        return statement.order_by(*self.order(time, key))

    def conditions(
        self,
        user_id: UUID,
        time: SQLColumnExpression[datetime] = NewsStory.created_at,
        *,
        tagged: bool = False,
    ) -> list[ColumnElement[bool]]:
        """Return what must be true of a story; `tagged` says that its tag was looked at."""
        found = [_OF_STATE[self.state]] if self.state else []
        if self.tag_id and not tagged:
            mine = (StoryTag.tag_id == self.tag_id, StoryTag.user_id == user_id)
            found.append(select(1).where(StoryTag.news_id == NewsStory.id, *mine).exists())
        if self.source_id:
            found.append(NewsStory.source_id == self.source_id)
        if self.sound is not None:
            # A finished narration is an asset of its story as well.
            heard = (
                select(1)
                .where(
                    MediaAsset.news_id == NewsStory.id,
                    MediaAsset.user_id == user_id,
                    MediaAsset.type == MediaType.AUDIO,
                )
                .exists()
            )
            found.append(heard if self.sound else ~heard)
        if self.since:
            found.append(time >= self.since)
        if self.until:
            found.append(time < self.until)
        return found

    def order(self, time: Any, key: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Return what to sort by."""
        return (time.asc(), key.asc()) if self.oldest else (time.desc(), key.desc())

    def as_json(self) -> dict[str, Any]:
        """Return what the database's search_news() reads."""
        answers = {
            "state": self.state and self.state.value,
            "tag": self.tag_id and str(self.tag_id),
            "source": self.source_id and str(self.source_id),
            "sound": self.sound,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "oldest": self.oldest or None,
        }
        return {name: answer for name, answer in answers.items() if answer is not None}


EVERYTHING = Wanted()


def matches(typed: str, behind: Cursor | None, limit: int, wanted: Wanted) -> TableValuedAlias:
    """Return id and created_at of a search's hits as a table; the database knows the reader."""
    place = (behind.created_at, behind.id) if behind else (None, None)
    return func.search_news(typed, *place, limit, literal(wanted.as_json(), JSONB)).table_valued(
        column("id"), column("created_at"), name="found"
    )
