"""The reader's own time: the browser names its zone in a cookie, pages are told in it."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Between these a time can be told on every clock on earth."""


def zone(name: str | None) -> tzinfo:
    """Return the time zone of that IANA name; UTC when it is unknown here."""
    try:
        return named_zone(name) if name else UTC
    except ValueError:
        return UTC


def named_zone(name: str) -> tzinfo:
    """Return the time zone of that IANA name.

    Raises:
        ValueError: there is none here.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError("no time zone of that name") from error


def now() -> datetime:
    """Return the present, for what is shown; what is decided goes by the database's clock."""
    return datetime.now(UTC)


def from_local(naive: datetime, where: tzinfo) -> datetime:
    """Return the point in time that a clock in `where` shows as `naive`."""
    return naive.replace(tzinfo=where).astimezone(UTC)


def read(text: str, where: tzinfo, *, whole_day: bool = False) -> datetime:
    """Return the point in time that somebody wrote as 2026-11-30, or with a time behind it.

    Without a zone of its own it is read on a clock in `where`. A day alone is its first moment,
    or its last second when the `whole_day` counts.

    Raises:
        ValueError: it is no time, or one that some clock on earth can't show.
    """
    plain = text.strip()
    when = datetime.fromisoformat(plain)
    if not FIRST_YEAR <= when.year <= LAST_YEAR:
        raise ValueError("a year that no clock can show everywhere")
    if "T" not in plain and ":" not in plain and whole_day:
        when += timedelta(days=1, seconds=-1)
    return when.astimezone(UTC) if when.tzinfo else from_local(when, where)


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
