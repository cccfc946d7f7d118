"""Dates as feeds give them, repaired or left out."""

import re
from calendar import timegm
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import struct_time
from typing import Any, TypeVar

T = TypeVar("T")
AHEAD = timedelta(days=1)
"""A date that is ahead by less comes from a wrong zone or clock; one further ahead is none."""
OLDEST = 1900

_FORMATS = (
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M"),
    *("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"),
    *("%Y-%m-%d", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d-%b-%Y"),
    *("%d %B %Y %H:%M:%S", "%d %b %Y %H:%M:%S", "%d %B %Y %H:%M:%S %z", "%d %b %Y %H:%M"),
    *("%B %d, %Y %H:%M", "%B %d, %Y %I:%M %p", "%b %d, %Y %I:%M %p", "%m/%d/%Y %I:%M:%S %p"),
    *("%B %d, %Y, %I:%M %p", "%m/%d/%Y %H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M:%S.%f%z"),
    *("%Y-%m-%dT%H:%M:%S.%f", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y"),
)
_ZONES = {
    **{"gmt": 0, "utc": 0, "ut": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1},
    **{"cest": 2, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "sgt": 8, "hkt": 8},
    **{"jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4},
    **{"cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "hst": -10},
}
_DAY = re.compile(r"^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?\.?,?\s+", re.IGNORECASE)
_ZONE = re.compile(r"\s*\(?\b([A-Za-z]{1,5})\)?$")


def newest(entries: list[T], when: Callable[[T], datetime | None], most: int) -> list[T]:
    """Return the newest entries, the newest first; unless all have dates, as they stand."""
    dated: list[tuple[float, T]] = []
    for one in entries:
        moment = when(one)
        if moment is None:
            return entries[:most]
        dated.append((moment.timestamp(), one))
    dated.sort(key=lambda row: -row[0])
    return [one for _, one in dated[:most]]


def first_sane(candidates: list[Any], now: datetime) -> datetime | None:
    """Return the first candidate that is a date a story can have: struct_time (UTC) or text."""
    for one in candidates:
        when = _read_tuple(one) if isinstance(one, struct_time | tuple) else read(str(one or ""))
        if when is not None and (repaired := sane(when, now)) is not None:
            return repaired
    return None


def sane(when: datetime, now: datetime) -> datetime | None:
    """Return a date as a story may have it; None when it tells nothing."""
    if when.year < OLDEST or when.timestamp() == 0 or when > now + AHEAD:
        return None
    return min(when, now)


def read(text: str) -> datetime | None:
    """Return the date that a text gives in one of the usual ways, in UTC, or None."""
    text = " ".join(text.split())[:80]
    if not text:
        return None
    if re.fullmatch(r"\d{9,10}|\d{12,13}", text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) > 10 else 1), UTC)
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    plain, hours = _DAY.sub("", text), 0.0
    if (zone := _ZONE.search(plain)) and zone[1].lower() in _ZONES:
        plain, hours = plain[: zone.start()].strip(), _ZONES[zone[1].lower()]
    for form in _FORMATS:
        try:
            return _in_utc(datetime.strptime(plain, form) - timedelta(hours=hours))
        except (ValueError, OverflowError):
            continue
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _read_tuple(moment: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(moment), UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
