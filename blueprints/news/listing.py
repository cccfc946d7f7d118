"""Which list of stories an address asks for, and the addresses of lists beside it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from flask import request, url_for
from flask_login import current_user

from blueprints.fields import clean_line
from presentation import habits, reader_zone
from queries import sources as source_queries
from queries import tags as tag_queries
from queries.tags import TagName
from queries.wanted import State, Wanted
from services import story_lists
from services.reading_habits import Sort
from services.story_lists import FIRST_DAY, LAST_DAY, LONGEST_SEARCH, Audio

FILTERS = ("source", "tag", "audio", "since", "until")
"""What narrows a view further."""


@dataclass(frozen=True)
class Listing:
    """A view of the history, narrowed by a search and filters; empty texts ask nothing."""

    view: str = ""
    """A state, or empty for all stories."""
    q: str = ""
    source: str = ""
    """The id of a source."""
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
        q = (clean_line(request.args.get("q")) or "")[:LONGEST_SEARCH]
        return cls(
            view=view if view in set(State) else "",
            q=q,
            source=_id(request.args.get("source")),
            tag=(clean_line(request.args.get("tag")) or "")[:LONGEST_SEARCH],
            audio=audio if audio in set(Audio) else "",
            since=_day(request.args.get("since")),
            until=_day(request.args.get("until")),
            sort=Sort(sort) if sort in set(Sort) else habits().sort,
        )

    @cached_property
    def found_tag(self) -> TagName | None:
        """Return the reader's tag of that name, or None."""
        return tag_queries.find_tag(current_user.id, self.tag) if self.tag else None

    @cached_property
    def source_label(self) -> str | None:
        """Return what the reader's source of that id is called, or None."""
        return (
            source_queries.find_label(current_user.id, UUID(self.source)) if self.source else None
        )

    @cached_property
    def wanted(self) -> Wanted:
        """Return what to ask the database for."""
        return story_lists.wanted_by(
            current_user.id,
            view=State(self.view) if self.view else None,
            tag=self.tag,
            audio=Audio(self.audio) if self.audio else None,
            since=date.fromisoformat(self.since) if self.since else None,
            until=date.fromisoformat(self.until) if self.until else None,
            oldest=self.sort is Sort.OLDEST,
            where=reader_zone(),
            source_id=UUID(self.source) if self.source else None,
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

    def unfiltered_url(self) -> str:
        """Return the address of the view, and of the search in it, without filters."""
        return self.url(**dict.fromkeys(FILTERS))

    def story_url(self, news_id: UUID) -> str:
        """Return the address of a story that knows the list it was opened from."""
        return url_for("news.show", news_id=news_id, **self.kept)

    def read_all_url(self) -> str:
        """Return where to mark all of this list as read."""
        return url_for("news.read_all", **self.kept)


def _given(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value}


def _id(text: str | None) -> str:
    """Return an id as it is written here, or nothing for what isn't one."""
    try:
        return str(UUID(text or ""))
    except ValueError:
        return ""


def _day(text: str | None) -> str:
    """Return a day as 2026-03-01, or nothing for what isn't one."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return ""
    return day.isoformat() if FIRST_DAY <= day <= LAST_DAY else ""
