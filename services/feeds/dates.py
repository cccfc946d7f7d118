"""Dates as feeds give them, repaired or left out."""

import re
from calendar import timegm
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from time import struct_time
from typing import Any, TypeVar
from unicodedata import category, normalize
from zoneinfo import ZoneInfo

T = TypeVar("T")
AHEAD = timedelta(days=1)
"""A date that is ahead by less comes from a wrong zone or clock; one further ahead is none."""
OLDEST = 1900

_ZONES = {
    **{"gmt": 0, "utc": 0, "ut": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "met": 1},
    **{"mez": 1, "cest": 2, "mest": 2, "mesz": 2, "sast": 2, "eet": 2, "eest": 3, "msk": 3},
    **{"ist": 5.5, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11},
    **{"nzst": 12, "nzdt": 13, "brt": -3, "art": -3, "ast": -4, "adt": -3, "est": -5, "edt": -4},
    **{"cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "hst": -10},
}


def _folded(word: str) -> str:
    """Return a word in small letters without accents."""
    return "".join(one for one in normalize("NFD", word.lower()) if category(one) != "Mn")


# The beginnings of the months' names, without accents: English, German, Dutch, French, Spanish,
# Portuguese, Italian, Swedish, Danish, Polish, Czech, Russian, Greek, Hungarian, Turkish, Romanian,
# Finnish and Ukrainian. The longest beginning that fits counts.
_MONTHS = (
    "jan ene gen janv sty led янв ιαν oca ian tammi січ",
    "feb fev fevr lut uno unor фев φεβ sub helmi лют",
    "mar mrt maa marz brez мар μαρ бер",
    "apr abr avr kwi dub апр απρ nis huhti квіт",
    "may mai mei mag maj maio kvet мая май μαι touko трав",
    "jun juin giu cze cerv июн ιουν haz iun kesa черв",
    "jul juil lug lip července cervenc июл ιουλ tem iul heina лип",
    "aug ago aout aou sie srp авг αυγ agu elo серп",
    "sep set wrz zar сен σεπ szep eyl syys вер",
    "oct okt ott out paz rij окт οκτ eki loka жовт",
    "nov lis listopad ноя νοε noi kas marras лист",
    "dec dez dic gru pros дек δεκ ara joulu груд",
)
_STARTS = sorted(
    ((_folded(start), number) for number, line in enumerate(_MONTHS, 1) for start in line.split()),
    key=lambda one: -len(one[0]),
)
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d\d?)(?::(\d\d?)(?:[.,](\d+))?)?)?"
    r"\s*(.*)"
)
_TIME = re.compile(
    r"(?<!\d)(\d{1,2})[:h](\d\d?)(?:[:.](\d\d?)(?:\.\d+)?)?(?!\d)(?:\s*([ap])\.?m\b)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d\d)?(?!\d)")
_NAMED = re.compile(r"\b([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+)+)\b")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/. -])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?!\d)")
_DAY_BEFORE = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|º|\.)?[\s-]*(?:de\s+)?$")
_YEAR_BEHIND = re.compile(r"[\s.,-]*(?:de\s+)?(\d{4}|\d\d)(?!\d)")
_DAY_AND_YEAR = re.compile(r"[.\s]*(\d{1,2})(?!\d)(?:st|nd|rd|th)?\D.*?(?<!\d)(\d{4})(?!\d)")
_YEAR_BEFORE = re.compile(r"(?<!\d)(\d{4})[\s.,-]*$")
_DAY_BEHIND = re.compile(r"[\s.,-]*(\d{1,2})(?!\d)")
_EASTERN = re.compile(r"(\d{4})\s*[年.년]\s*(\d{1,2})\s*[月.월]\s*(\d{1,2})")
_BEFORE_NOON, _AFTER_NOON = re.compile("오전|上午|午前"), re.compile("오후|下午|午後")


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


def first_sane(candidates: Iterable[Any], now: datetime) -> datetime | None:
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
    text = " ".join(text.split())[:80].replace("\u2212", "-")
    if not text:
        return None
    try:
        if found := _ISO.match(text):
            return _iso(found)
        return _in_numbers(text) or _in_words(text)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(found: re.Match[str]) -> datetime:
    """Read year, month and day in this order, perhaps with a time behind them."""
    year, month, day = (int(found[n]) for n in (1, 2, 3))
    if found[4] is None:
        hour, minute, second, zone = _time_in(found[8])
    else:
        hour, minute, second = (int(found[n] or 0) for n in (4, 5, 6))
        zone = _zone_in(found[8])
    when = _at(year, month, day, hour, minute, second, zone)
    micro = int((found[7] or "0")[:6].ljust(6, "0"))
    return when + timedelta(microseconds=micro)


def _in_numbers(text: str) -> datetime | None:
    """Read a date that is only numbers: seconds, a week's day, a year's, or part of a date."""
    if re.fullmatch(r"(\d{9,10}|\d{12,13})(\.\d+)?", text):
        whole = text.partition(".")[0]
        return datetime.fromtimestamp(int(whole) / (1000 if len(whole) > 10 else 1), UTC)
    if re.fullmatch(r"\d{4}-?(W\d\d-?\d|\d{4}(T\d{4,6}Z?)?)", text):
        return _in_utc(datetime.fromisoformat(text))
    if found := re.fullmatch(r"(\d{4})-?(\d{3})", text):
        return datetime(int(found[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(found[2]) - 1)
    if found := re.fullmatch(r"([12]\d{3})(?:-(\d\d))?", text):
        return datetime(int(found[1]), int(found[2] or 1), 1, tzinfo=UTC)
    return None


def _in_words(text: str) -> datetime | None:
    """Read a date of which at least the month is a word, or that has its day or month first."""
    hour, minute, second, zone = _time_in(text)
    plain = _TIME.sub(" ", text)
    if found := _EASTERN.search(plain):
        return _at(int(found[1]), int(found[2]), int(found[3]), hour, minute, second, zone)
    if found := _NUMBERS.search(plain):
        first, other = int(found[1]), int(found[3])
        # Only slashes are ever meant to be read the American way.
        month_first = found[2] == "/" and first <= 12
        month, day = (first, other) if month_first else (other, first)
        if 0 < month <= 12:  # or it was a time with dots
            return _at(_year(found[4]), month, day, hour, minute, second, zone)
    day_month_year = _with_month(plain)
    return _at(*day_month_year, hour, minute, second, zone) if day_month_year else None


def _with_month(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a date whose month is a word."""
    words = [(word, _month(word[0])) for word in re.finditer(r"[^\W\d_]+", text)]
    months = [(text[: word.start()], text[word.end() :], month) for word, month in words if month]
    # Tuesday begins like March in several languages, so the day before a month comes first.
    for before, behind, month in months:
        day, year = _DAY_BEFORE.search(before), _YEAR_BEHIND.match(behind)
        if day and year:
            return _year(year[1]), month, int(day[1])
    for _, behind, month in months:
        if found := _DAY_AND_YEAR.match(behind):
            return int(found[2]), month, int(found[1])
    for before, behind, month in months:
        year, day = _YEAR_BEFORE.search(before), _DAY_BEHIND.match(behind)
        if year and day:
            return int(year[1]), month, int(day[1])
    return None


@lru_cache(2000)  # a feed says hardly anything else
def _month(word: str) -> int | None:
    plain = _folded(word)
    if len(plain) < 3:
        return None
    return next((number for start, number in _STARTS if plain.startswith(start)), None)


def _time_in(text: str) -> tuple[int, int, int, tzinfo]:
    found = _TIME.search(text)
    if not found:
        return 0, 0, 0, _zone_in("")
    hour, minute, second = (int(found[n] or 0) for n in (1, 2, 3))
    half = (found[4] or "").lower()
    if _AFTER_NOON.search(text) or _BEFORE_NOON.search(text):
        half = "p" if _AFTER_NOON.search(text) else "a"
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, minute, second, _zone_in(text[found.end() :])


def _zone_in(text: str) -> tzinfo:
    """Return the zone that stands behind a time; the first that is known, UTC without one."""
    if found := _OFFSET.search(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes <= 14 * 60:
            return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
        return UTC
    if found := _NAMED.search(text):
        try:
            return ZoneInfo(found[1])
        except (ValueError, OSError, KeyError):
            return UTC
    for word in re.findall(r"[A-Za-z]+", text):
        if word.lower() in _ZONES:
            return timezone(timedelta(hours=_ZONES[word.lower()]))
    return UTC


def _at(
    year: int, month: int, day: int, hour: int, minute: int, second: int, zone: tzinfo
) -> datetime:
    """Return a moment in UTC; 24 o'clock is the next day's beginning, a leap second the last."""
    midnight = datetime(year, month, day, tzinfo=zone)
    if hour > 24 or minute > 59 or second > 60:
        return _in_utc(midnight)
    time = timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    return _in_utc(midnight + time)


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < 70 else 1900)


def _read_tuple(moment: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(timegm(moment), UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def _in_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
