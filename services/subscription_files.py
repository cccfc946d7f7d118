"""Files of subscriptions: what stands in one, line by line, before anybody is looked up."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, tzinfo

from errors import InvalidInput
from models import Plan, SubscriptionStatus
from services import clock
from services.subscription_rules import Terms

LARGEST = 10 * 1024 * 1024
"""Bytes of a file."""
MOST_LINES = 100_000
LONGEST_CELL = 1000
NEEDED = ("email", "plan", "start_date")
KNOWN = (*NEEDED, "status", "end_date")
"""The columns that are read; others, such as those of an export, are carried along."""


class BrokenFile(InvalidInput):
    """The file as a whole can't be read; nothing of it is taken."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it asks for, or what is wrong with it."""

    number: int
    """As an editor counts, the heading being the first."""
    cells: list[str]
    email: str = ""
    terms: Terms | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read."""

    header: list[str]
    lines: list[Line]


def decode(data: bytes) -> str:
    """Return the text of a file.

    Raises:
        BrokenFile: it is too large, or not UTF-8 text.
    """
    if len(data) > LARGEST:
        raise BrokenFile(f"A file can have up to {LARGEST // 1024 // 1024} MB. Send it in parts.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile("This is not UTF-8 text. Save it as “CSV UTF-8” and try again.") from error
    if "\x00" in text:
        raise BrokenFile("This is not a CSV file.")
    return text


def read(text: str, where: tzinfo) -> Sheet:
    """Return the lines of a file; dates without a zone are read on a clock in `where`.

    Raises:
        BrokenFile: it has no lines, too many, or lacks a column.
    """
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") > first.count(",") else ",",
        strict=True,
    )
    try:
        header = [cell.strip() for cell in next(reader, [])]
        places = _places(header)
        lines: list[Line] = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(lines) == MOST_LINES:
                raise BrokenFile(f"A file can have up to {MOST_LINES:,} lines. Send it in parts.")
            lines.append(_line(reader.line_num, cells, header, places, where))
    except csv.Error as error:
        raise BrokenFile(
            f"Line {reader.line_num} can't be read: {error}. Nothing was taken from the file."
        ) from error
    if not lines:
        raise BrokenFile("There are no lines below the heading.")
    return Sheet(header, lines)


def _places(header: list[str]) -> dict[str, int]:
    names = [name.casefold().replace(" ", "_").replace("-", "") for name in header]
    places = {name: names.index(name) for name in KNOWN if name in names}
    missing = [name for name in NEEDED if name not in places]
    if missing:
        raise BrokenFile(
            f"The first line must name the columns; {' and '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing."
        )
    if any(names.count(name) > 1 for name in places):
        raise BrokenFile("The first line names a column twice.")
    return places


def _line(
    number: int, cells: list[str], header: list[str], places: dict[str, int], where: tzinfo
) -> Line:
    try:
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            raise ValueError(f"It has {len(cells)} cells where the heading has {len(header)}.")
        if max(map(len, cells)) > LONGEST_CELL:
            raise ValueError("One of its cells is too long.")
        found = {
            name: _plain(cells[place]) if place < len(cells) else ""
            for name, place in places.items()
        }
        return Line(number, cells, found["email"], _terms(found, where))
    except ValueError as error:
        place = places["email"]
        email = _plain(cells[place][:LONGEST_CELL]) if place < len(cells) else ""
        return Line(number, cells, email, error=str(error))


def _plain(cell: str) -> str:
    """Return what a cell says; our exports put an apostrophe before what might be a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and not text[1:2].isalnum() else text


def _terms(found: dict[str, str], where: tzinfo) -> Terms:
    if not found["email"]:
        raise ValueError("The e-mail address is missing.")
    try:
        plan = Plan(found["plan"].lower())
    except ValueError:
        raise ValueError(f"The plan is one of {', '.join(Plan)}.") from None
    try:
        status = SubscriptionStatus(found.get("status", "").lower() or "active")
    except ValueError:
        raise ValueError(f"The status is one of {', '.join(SubscriptionStatus)}.") from None
    start = _moment("start_date", found["start_date"], where)
    if start is None:
        raise ValueError("The start_date is missing.")
    end = _moment("end_date", found.get("end_date", ""), where, whole_day=True)
    if end is not None and end < start:
        raise ValueError("The end is before the start.")
    return Terms(plan, status, start, end)


def _moment(name: str, text: str, where: tzinfo, whole_day: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        return clock.read(text, where, whole_day=whole_day)
    except ValueError:
        raise ValueError(f"The {name} is written like 2026-11-30.") from None
