"""Which stories a list shows, and in which order: one answer for pages and for programs."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from queries import news as news_queries
from queries import tags as tag_queries
from queries.news import LatestStory
from queries.paging import Cursor
from queries.wanted import State, Wanted
from services import clock

LONGEST_SEARCH = 200
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9000, 12, 31)
"""Between these every clock on earth can show when a day begins."""
NOWHERE = UUID(int=0)
"""Stands for a tag that is gone: nothing carries it."""


class Audio(StrEnum):
    """Whether there is something to hear: a narration or a recording."""

    WITH = "with"
    WITHOUT = "without"


def wanted_by(
    user_id: UUID,
    *,
    view: State | None = None,
    tag: str = "",
    audio: Audio | None = None,
    since: date | None = None,
    until: date | None = None,
    oldest: bool = False,
    where: tzinfo,
    source_id: UUID | None = None,
) -> Wanted:
    """Return what to ask the database for.

    The days, both included, are those of a clock in `where`. Nothing carries a tag that the
    reader doesn't have.
    """
    found = tag_queries.find_tag(user_id, tag) if tag else None
    return Wanted(
        state=view,
        tag_id=(found.id if found else NOWHERE) if tag else None,
        source_id=source_id,
        sound=None if audio is None else audio is Audio.WITH,
        since=_begins(since, where) if since else None,
        until=_begins(until + timedelta(days=1), where) if until else None,
        oldest=oldest,
    )


def listed(
    user_id: UUID, wanted: Wanted, typed: str = "", *, limit: int, behind: Cursor | None = None
) -> Sequence[LatestStory]:
    """Return the first stories of a list behind a place; with a search, those that match it."""
    if typed:
        return news_queries.search_news(user_id, typed, limit, behind, wanted)
    return news_queries.listed_news(user_id, wanted, limit, behind)


def _begins(day: date, where: tzinfo) -> datetime:
    """Return when a day begins on a clock there."""
    return clock.from_local(datetime.combine(day, time()), where)
