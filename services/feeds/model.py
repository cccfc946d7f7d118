"""What a feed says, read and made safe."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

MOST_ENTRIES = 500
"""Of one feed, the newest."""


class Unreadable(Exception):
    """This is no feed, or it can't be read; the text is for readers, `code` for machines."""

    def __init__(self, words: str, code: str = "not_a_feed") -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture or a recording that an entry names; it lives elsewhere."""

    url: str
    kind: str
    """`image` or `audio`."""
    content_type: str = ""
    length: int | None = None
    """Bytes, as the feed says."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; everything in it is plain text or our Markdown."""

    guid: str
    """What the feed tells its entries apart by."""
    headline: str
    content: str
    url: str | None = None
    published_at: datetime | None = None
    author: str = ""
    attached: tuple[Attached, ...] = ()
    is_summary: bool = False
    """True when the feed gives only the beginning, as far as one can tell."""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the entry that `as_plain` took apart."""
        when = plain.pop("published_at")
        attached = tuple(Attached(**one) for one in plain.pop("attached"))
        return cls(
            **plain,
            attached=attached,
            published_at=datetime.fromisoformat(when) if when else None,
        )


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed and its newest entries, the newest first."""

    title: str
    site_url: str | None
    language: str
    entries: tuple[Entry, ...] = field(repr=False)
    every: float | None = None
    """Seconds between two looks, as the feed wishes."""
    format: str = ""
    """Such as rss20, atom10, json11."""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the feed that `as_plain` took apart."""
        entries = tuple(Entry.of(one) for one in plain.pop("entries"))
        return cls(**plain, entries=entries)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        plain = asdict(self)
        for entry in plain["entries"]:
            when = entry["published_at"]
            entry["published_at"] = when.isoformat() if when else None
        return plain
