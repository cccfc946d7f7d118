"""What a row must be like beyond what the database asks, so that every page can show it.

PostgreSQL takes times without end, lengths that are no number, and anything at all as JSON. One
such row in an archive would keep its reader out of every page that comes upon it.
"""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Float, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.archive.tables import Table
from services.fetching.addresses import Target
from services.fetching.errors import FetchError

YEARS = range(1000, 9000)
"""Those that every time zone can show."""
LONGEST = 10_000
"""Characters of what isn't a story's own text, which the database limits."""
LONGEST_TEXTS = {"content": 2_000_000, "text": 20_000_000, "title": 1_000, "headline": 1_000}
LARGEST_JSON = 500_000
_WEB = re.compile(r"https?://[^\x00-\x1f\x7f]+", re.IGNORECASE)
"""What may stand in an address that was kept is for the site to say that kept it."""
_LINKS = {"source_url", "site_url"}
"""Columns with an address that somebody may click on; it goes where it leads nowhere."""


def is_web(address: object) -> bool:
    """Say whether something is the address of a page, a picture or a sound."""
    return isinstance(address, str) and _WEB.fullmatch(address) is not None


def is_plausible(table: Table, row: dict[str, Any]) -> bool:
    """Say whether a row can be kept; small things in it are put right."""
    for name in _LINKS & row.keys():
        if not is_web(row[name]):
            row[name] = None
    if table.name == "sources" and not _has_host(row):
        return False
    for column in table.sql.columns:
        value = row.get(column.name)
        if value is not None and not _fits(column, value):
            return False
    for name in ("metadata", "settings"):
        if name in row:
            _put_right(row[name])
    return True


def _has_host(row: dict[str, Any]) -> bool:
    """Let a source's host be that of its address, by which hosts get their pauses."""
    try:
        row["host"] = Target.of(str(row.get("url"))).authority
    except FetchError:
        return False
    return True


def _fits(column: Column[Any], value: object) -> bool:
    if isinstance(column.type, DateTime):
        return _is_moment(value)
    if isinstance(column.type, Float):
        return _is_number(value)
    if isinstance(column.type, JSONB):
        if column.name == "normalized":  # times of every character, which no page reads
            return True
        kind = list if column.name == "previous" else dict
        return isinstance(value, kind) and len(json.dumps(value)) <= LARGEST_JSON
    if isinstance(column.type, Text):
        longest = LONGEST_TEXTS.get(column.name, LONGEST)
        return isinstance(value, str) and len(value) <= longest
    return True


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).year in YEARS
    except ValueError:
        return False


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and abs(value) < 1e9  # type: ignore[arg-type]


def _are_peaks(value: object) -> bool:
    return isinstance(value, list) and all(type(one) is int and 0 <= one <= 100 for one in value)


def _are_chapters(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and isinstance(one.get("title"), str)
        and _is_number(one.get("start"))
        and isinstance(one.get("news_id", ""), str)
        and ("url" not in one or is_web(one["url"]))
        for one in value
    )


_KNOWN: dict[str, Callable[[object], bool]] = {
    "peaks": _are_peaks,
    "chapters": _are_chapters,
    "duration": _is_number,
    "speed": _is_number,
}
"""Of what stands in JSON, that which pages and players count with."""


def _put_right(notes: dict[str, Any]) -> None:
    """Take away what isn't what it is called."""
    for name, is_right in _KNOWN.items():
        if name in notes and not is_right(notes[name]):
            del notes[name]
