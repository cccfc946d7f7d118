"""How values read on a page: filters and names that every template may use."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from flask import Flask, current_app, g, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

import scope
from errors import AppError, LimitReached
from queries.rail import MANY, Counts, rail_counts
from queries.whence import site
from services import audit_words, clock, markdown, sizes
from services.devices import device_name
from services.reading_habits import Habits

THEMES = ("light", "dark", "system")
size = sizes.size


def register(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.jinja_env.filters.update(
        ago=ago,
        until=until,
        exact=exact,
        duration=duration,
        size=size,
        number=number,
        markdown=rendered,
        excerpt=markdown.excerpt,
        reading_time=reading_minutes,
        host=site,
        local=local,
        marked=marked,
        told=told,
        percent=percent,
        deed=audit_words.deed,
        device=device_name,
        deed_glyph=audit_words.glyph,
        many=many,
    )
    app.jinja_env.globals.update(
        current_user=current_user,
        has_endpoint=has_endpoint,
        csrf_field=csrf_field,
        changes=audit_words.changes,
        unread=unread_count,
        failing_sources=failing_sources,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"theme": theme(), "habits": habits()})


def rendered(
    text: str,
    pictures: Mapping[str, markdown.Picture] = markdown.NO_PICTURES,
    above: str | None = None,
) -> Markup:
    """Return a text's HTML; see `services.markdown.to_html`."""
    return Markup(markdown.to_html(text, pictures, above))  # noqa: S704  (it was cleaned)


def theme() -> str:
    """Return the look that this browser asked for: light, dark or system."""
    chosen = request.cookies.get("theme", "system")
    return chosen if chosen in THEMES else "system"


def habits() -> Habits:
    """Return how whoever asks likes to read."""
    known: Habits = g.get("habits") or Habits()
    return known


def unread_count() -> int:
    """Return how many stories wait for whoever asks, up to MANY."""
    return _waiting().unread


def failing_sources() -> int:
    """Return how many sources of whoever asks need looking after."""
    return _waiting().failing


def _waiting() -> Counts:
    """Return what the rail counts; asked once a page."""
    if "waiting" not in g:
        if scope.current().role == scope.READER:
            g.waiting = rail_counts(current_user.id)
        else:
            # Pages of admins are made in a role that sees neither stories nor sources.
            with scope.acting(scope.READER, current_user.id):
                g.waiting = rail_counts(current_user.id)
    counts: Counts = g.waiting
    return counts


def many(value: int) -> str:
    """Return a number that is counted up to MANY only."""
    return f"{MANY - 1:,}+" if value >= MANY else f"{value:,}"


def has_endpoint(name: str) -> bool:
    """Return whether a page of that name exists in this version."""
    return name in current_app.view_functions


def csrf_field() -> Markup:
    """Return the hidden field that proves that a form came from this site."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """Say how long ago, in words; older than a week is a date. None is an empty text."""
    if when is None:
        return ""
    now = now or datetime.now(UTC)
    seconds = (now - when).total_seconds()
    if seconds < -60:
        return _date(when, now)
    for limit, unit, word in (
        (60, 1, ""),
        (3600, 60, "min"),
        (86400, 3600, "h"),
        (7 * 86400, 86400, "day"),
    ):
        if seconds < limit:
            count = int(seconds // unit)
            if not word:
                return "just now"
            if word == "day":
                return "yesterday" if count == 1 else f"{count} days ago"
            return f"{count} {word} ago"
    return _date(when, now)


def until(when: datetime | None, now: datetime | None = None) -> str:
    """Say in how long something is due, in words. None is an empty text."""
    if when is None:
        return ""
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    if seconds < 60:
        return "in a moment"
    if seconds < 5400:
        return f"in {round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"in {round(seconds / 3600)} h"
    return f"in {round(seconds / 86400)} days"


def _date(when: datetime, now: datetime) -> str:
    text = f"{when.day} {when:%b}"
    return text if when.year == now.year else f"{text} {when.year}"


def exact(when: datetime | None) -> str:
    """Return the time for `datetime=`, in UTC."""
    return when.astimezone(UTC).isoformat(timespec="seconds") if when else ""


def duration(seconds: float | None) -> str:
    """Return a length as people read it on a player: 0:07, 3:42, 1:02:30."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def number(value: int | None) -> str:
    """Return a whole number with its thousands set apart."""
    return f"{value or 0:,}"


def reading_minutes(text: str) -> int:
    """Estimate how long a text takes to read, in whole minutes, at least one.

    A word is taken as six characters, 230 words a minute; scripts without spaces read at
    500 characters a minute. The length decides, so that long lists stay cheap.
    """
    dense = any("\u2e80" <= one <= "\u9fff" or "\uac00" <= one <= "\ud7af" for one in text[:500])
    return max(1, round(len(text) / (500 if dense else 1380)))


def reader_zone() -> tzinfo:
    """Return the time zone that this browser named; UTC before it did."""
    return clock.zone(request.cookies.get("tz"))


def local(when: datetime | None, zone: str = "") -> str:
    """Return the exact time as on a letter, on a zone's clock or the reader's. None is empty."""
    if when is None:
        return ""
    there = clock.to_local(when, clock.zone(zone) if zone else reader_zone())
    return f"{there:%A} {there.day} {there:%B %Y, %H:%M %Z}"


def told(error: AppError) -> str:
    """Return what a reader is told of a failure, its times on their own clock."""
    if isinstance(error, LimitReached):
        return error.told(local(error.resets_at))
    return str(error)


def percent(share: float) -> str:
    """Return a share of one as people read it: 0 %, less than 1 %, 12 %, 100 %.

    Rounded down, so that what is not all never reads like all of it.
    """
    if 0 < share < 0.01:
        return "less than 1 %"
    return f"{int(share * 100)} %"


def marked(text: str) -> Markup:
    """Return a search hit as HTML: what stands between \\x02 and \\x03 is marked."""
    escaped = str(escape(text))
    return Markup(escaped.replace("\x02", "<mark>").replace("\x03", "</mark>"))  # noqa: S704
