"""The reader's own time: the browser names its zone in a cookie, pages are told in it."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def zone(name: str | None) -> tzinfo:
    """Return the time zone of that IANA name; UTC when it is unknown here."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, OSError, ValueError):
        return UTC


def from_local(naive: datetime, where: tzinfo) -> datetime:
    """Return the point in time that a clock in `where` shows as `naive`."""
    return naive.replace(tzinfo=where).astimezone(UTC)


def to_local(when: datetime, where: tzinfo) -> datetime:
    """Return what a clock in `where` shows at that time.

    At either end of the calendar no clock there may show it; then it stays as it is.
    """
    try:
        return when.astimezone(where)
    except OverflowError:
        return when


def greeting(hour: int) -> str:
    """Return the words that fit the hour, 0 to 23."""
    if 5 <= hour < 12:
        return "Good morning"
    return "Good afternoon" if 12 <= hour < 18 else "Good evening"
