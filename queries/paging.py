"""Paging by key: a page begins where the one before it ended, however lists shift."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self, TypeVar
from uuid import UUID


class Keyed(Protocol):
    """A row of a list that is ordered by time and then id."""

    @property
    def id(self) -> UUID:
        """Return the row's id."""

    @property
    def created_at(self) -> datetime:
        """Return when the row came to be."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place right behind a row, in a list with the newest first."""

    created_at: datetime
    id: UUID

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a cursor from an address; None for none, and for one that makes no sense."""
        if not text:
            return None
        try:
            plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            when, _, key = plain.partition(" ")
            parsed = datetime.fromisoformat(when)
            return cls(parsed, UUID(key)) if parsed.tzinfo else None
        except (Base64Error, ValueError):
            return None

    def __str__(self) -> str:
        plain = f"{self.created_at.isoformat()} {self.id}"
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


Row = TypeVar("Row", bound=Keyed)


def next_page(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Split off the row that was read beyond `limit`, and say where the next page begins.

    Ask the query for `limit + 1` rows; the cursor is None on the last page.
    """
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, str(Cursor(shown[-1].created_at, shown[-1].id))
