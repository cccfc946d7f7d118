"""JSON Feed, versions 1 and 1.1."""

import json
from datetime import datetime
from typing import Any

from services.feeds import dates
from services.feeds.entries import (
    SHORT,
    address_of,
    attached_of,
    authors_of,
    finished,
    one_line,
    told_apart,
    written_of,
)
from services.feeds.model import MOST_ENTRIES, Attached, Entry, Feed, Unreadable
from services.feeds.titles import headline_of, plain_title


def looks_like_one(body: bytes, content_type: str) -> bool:
    """Say whether a body should be read as JSON."""
    start = body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1]
    return start == b"{" or ("json" in content_type.lower() and start != b"<")


def parse(body: bytes, url: str, now: datetime) -> Feed:
    """Read a feed.

    Raises:
        Unreadable: it is none.
    """
    try:
        found = json.JSONDecoder(strict=False).raw_decode(_text_of(body).lstrip("\ufeff \t\r\n"))[0]
    except (ValueError, RecursionError):
        raise Unreadable("This is not a feed: it looks like JSON, but is broken.") from None
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise Unreadable("This is not a feed: it is JSON, but not a JSON Feed.")
    authors = _authors(found)
    items = [one for one in found["items"] if isinstance(one, dict)]
    newest = dates.newest(items, lambda one: _when(one, now), MOST_ENTRIES)
    return Feed(
        title=one_line(plain_title(_text(found, "title"), False), 200),
        site_url=address_of(_text(found, "home_page_url"), url),
        language=one_line(_text(found, "language"), 20),
        entries=tuple(told_apart([_entry(one, url, now, authors) for one in newest])),
        format="json11" if _text(found, "version").endswith("1.1") else "json1",
    )


def _entry(raw: dict[str, Any], feed_url: str, now: datetime, authors: list[str]) -> Entry:
    html, plain, summary = (
        _text(raw, name) for name in ("content_html", "content_text", "summary")
    )
    own = address_of(_text(raw, "url"), feed_url)
    # An id is often the address, and then it says so in full.
    url = (
        own or address_of(_text(raw, "external_url"), feed_url) or address_of(_text(raw, "id"), "")
    )
    base = own or feed_url
    written = written_of(html or plain or summary, bool(html), base)
    return finished(
        guid=_text(raw, "id"),
        headline=headline_of(_text(raw, "title"), False, written, url),
        written=written,
        url=url,
        published_at=_when(raw, now),
        author=authors_of(_authors(raw) or authors),
        attached=attached_of(_attached(raw), written.pictures, base),
        is_summary=len(html or plain) < SHORT,
    )


def _when(raw: dict[str, Any], now: datetime) -> datetime | None:
    return dates.first_sane([_text(raw, "date_published"), _text(raw, "date_modified")], now)


def _authors(raw: dict[str, Any]) -> list[str]:
    given = raw.get("authors") or raw.get("author")
    given = given if isinstance(given, list) else [given]
    return [_text(one, "name") for one in given if isinstance(one, dict) and one.get("name")]


def _attached(raw: dict[str, Any]) -> list[Attached]:
    given = raw.get("attachments")
    files = [
        Attached(_text(one, "url"), "", _text(one, "mime_type"), _size(one), _text(one, "title"))
        for one in (given if isinstance(given, list) else [])
        if isinstance(one, dict)
    ]
    return [Attached(_text(raw, n), "image") for n in ("image", "banner_image")] + files


def _size(raw: dict[str, Any]) -> int | None:
    size = raw.get("size_in_bytes")
    return size if type(size) is int and 0 < size < 10**12 else None


def _text(raw: dict[str, Any], name: str) -> str:
    """Return a text; numbers count as one, since many an id is."""
    value = raw.get(name)
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return ""
    # JSON can name halves of characters, which nothing else takes.
    return str(value).encode("utf-8", "replace").decode()


def _text_of(body: bytes) -> str:
    try:
        return body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")
