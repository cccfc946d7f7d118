"""What a visit brings, and what became of it."""

from dataclasses import dataclass, field
from uuid import UUID

from services.feeds.model import Entry


@dataclass(slots=True)
class Stored:
    """What became of the entries of one visit."""

    new: list[UUID] = field(default_factory=list)
    """Stories that were made, the newest first."""
    changed: int = 0
    seen_elsewhere: int = 0
    """Entries whose story was there already, from another source or by hand."""
    left_out: int = 0
    """Entries for which the plan has no room; they come when there is some."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry that has not been seen in its source."""

    entry: Entry
    key: str
    url_digest: str | None
