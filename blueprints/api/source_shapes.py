"""Sources as the API gives them."""

from collections.abc import Sequence
from typing import Literal, Self
from uuid import UUID

from blueprints.api.shapes import Moment, Shape
from queries.sources import SourceRow

SourceState = Literal["active", "paused", "gone"]
WISHES = ("url", "name", "state", "full_text", "auto_narrate", "keep_last")
"""What its reader decides of a source."""


class Source(Shape):
    """A feed that its reader follows."""

    id: UUID
    url: str
    """Where the feed is; it follows redirects that are for good."""
    site_url: str | None
    title: str
    """What it calls itself."""
    name: str
    """What its reader calls it; empty for what it calls itself."""
    label: str
    """What to show: its name or title, or else the site that it belongs to."""
    state: SourceState
    """`gone`: it said that it will not come back, and is asked no more."""
    full_text: bool
    """The page of each new story is fetched, because the feed gives only beginnings."""
    auto_narrate: bool
    """New stories are read aloud."""
    keep_last: int | None
    """How many of its stories to keep; null keeps all."""
    stories: int
    """How many of them are kept."""
    busy: bool
    """It is being visited, or will be in a moment."""
    created_at: Moment
    fetched_at: Moment | None
    """The last visit that went well."""
    arrived_at: Moment | None
    """When something new last came."""
    tried_at: Moment | None
    next_fetch_at: Moment | None
    """When it is visited next; null for one that is not."""
    failures: int
    """Visits in a row that went wrong."""
    error: str | None
    error_code: str | None

    @classmethod
    def of(cls, row: SourceRow) -> Self:
        """Make it of a row."""
        return cls(
            **{name: getattr(row, name) for name in _SAME},
            state=row.state.value,
            busy=row.is_busy,
            next_fetch_at=row.next_fetch_at if row.state.value == "active" or row.wanted else None,
        )

    def overwritten(self) -> str:
        """Return what a change would overwrite: a visit is no change of it."""
        return self.model_dump_json(include=set(WISHES))


_SAME = (
    *("id", "url", "site_url", "title", "name", "label", "full_text", "auto_narrate", "keep_last"),
    *("stories", "created_at", "fetched_at", "arrived_at", "tried_at", "failures", "error"),
    "error_code",
)


class Sources(Shape):
    """All that a reader follows: what fails first, then by name."""

    items: list[Source]

    @classmethod
    def of(cls, rows: Sequence[SourceRow]) -> Self:
        """Make it of rows."""
        return cls(items=[Source.of(row) for row in rows])
