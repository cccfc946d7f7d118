"""Which list of stories an address asks for, and the addresses of lists beside it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from flask import request, url_for
from flask_login import current_user

from blueprints.fields import clean_line
from presentation import habits, reader_zone
from queries import tags as tag_queries
from queries.tags import TagName
from queries.wanted import State, Wanted
from services import clock
from services.reading_habits import Sort

LONGEST_SEARCH = 200
SOUNDS = {"with": True, "without": False}
FILTERS = ("tag", "audio", "since", "until")
"""What narrows a view further."""
NOWHERE = UUID(int=0)
"""Stands for a tag that is gone: nothing carries it."""


@dataclass(frozen=True)
class Listing:
    """A view of the history, narrowed by a search and filters; empty texts ask nothing."""

    view: str = ""
    """A state, or empty for all stories."""
    q: str = ""
    tag: str = ""
    audio: str = ""
    since: str = ""
    until: str = ""
    sort: Sort = Sort.NEWEST

    @classmethod
    def asked(cls) -> Self:
        """Read the address of the request; what makes no sense in it is left out."""
        sort, view = request.args.get("sort"), request.args.get("view", "")
        audio = request.args.get("audio", "")
        return cls(
            view=view if view in set(State) else "",
            q=(clean_line(request.args.get("q")) or "")[:LONGEST_SEARCH],
            tag=(clean_line(request.args.get("tag")) or "")[:LONGEST_SEARCH],
            audio=audio if audio in SOUNDS else "",
            since=_day(request.args.get("since")),
            until=_day(request.args.get("until")),
            sort=Sort(sort) if sort in set(Sort) else habits().sort,
        )

    @cached_property
    def found_tag(self) -> TagName | None:
        """Return the reader's tag of that name, or None."""
        return tag_queries.find_tag(current_user.id, self.tag) if self.tag else None

    @property
    def wanted(self) -> Wanted:
        """Return what to ask the database for."""
        return Wanted(
            state=State(self.view) if self.view else None,
            tag_id=(self.found_tag.id if self.found_tag else NOWHERE) if self.tag else None,
            sound=SOUNDS.get(self.audio),
            since=_moment(self.since),
            until=_moment(self.until, days=1),
            oldest=self.sort is Sort.OLDEST,
        )

    @property
    def filtered(self) -> bool:
        """Say whether more than the view narrows the list."""
        return any(getattr(self, name) for name in FILTERS)

    @property
    def kept(self) -> dict[str, Any]:
        """Return the parts of the address that matter, by name."""
        parts = {
            name: getattr(self, name) for name in ("view", "q", *FILTERS) if getattr(self, name)
        }
        return parts | ({} if self.sort is habits().sort else {"sort": self.sort.value})

    def url(self, **changes: Any) -> str:
        """Return the address of this list, or of one that differs in some parts."""
        return url_for("news.index", **_given(self.kept | changes))

    def story_url(self, news_id: UUID) -> str:
        """Return the address of a story that knows the list it was opened from."""
        return url_for("news.show", news_id=news_id, **self.kept)

    def read_all_url(self) -> str:
        """Return where to mark all of this list as read."""
        return url_for("news.read_all", **self.kept)


def _given(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def _day(text: str | None) -> str:
    """Return a day as 2026-03-01, or nothing for what isn't one."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return ""
    return day.isoformat() if 1000 <= day.year <= 9000 else ""


def _moment(day: str, days: int = 0) -> datetime | None:
    """Return when a day, or one `days` later, begins on the reader's clock."""
    if not day:
        return None
    begins = datetime.combine(date.fromisoformat(day) + timedelta(days=days), time())
    return clock.from_local(begins, reader_zone())
