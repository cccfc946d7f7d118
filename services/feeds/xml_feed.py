"""RSS, RDF and Atom, by feedparser: its leniency, our own cleaning."""

import io
import re
from datetime import datetime
from time import struct_time
from typing import Any

import feedparser

from services.feeds import dates
from services.feeds.entries import (
    SHORT,
    address_of,
    attached_of,
    finished,
    headline_of,
    one_line,
    told_apart,
    written_of,
)
from services.feeds.model import MOST_ENTRIES, Attached, Entry, Feed, Unreadable
from services.html_tree import to_text

_PERIODS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}
_HTML = {"text/html", "application/xhtml+xml", "html", "xhtml"}
_TAGS = re.compile(
    r"</?(script|style|img|iframe|svg|object|embed|a|b|i|u|em|strong|span|font|br|p|div)\b[^>]*>",
    re.IGNORECASE,
)
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def parse(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """Read a feed.

    Raises:
        Unreadable: it is none.
    """
    found = _read(body, content_type, url)
    if not found.entries and not found.get("version"):
        raise Unreadable(_what_it_is(body))
    feed = found.feed
    newest = _newest(found.entries, now)
    site = address_of(_link_of(feed), url)
    base = _base(feed, url)
    is_atom = str(found.get("version")).startswith("atom")
    title, is_html = _title(feed, is_atom)
    return Feed(
        title=one_line(to_text(title) if is_html else title, 200),
        site_url=None if site == address_of(url, "") else site,
        language=one_line(feed.get("language", ""), 20),
        entries=tuple(told_apart([_entry(one, base, is_atom, now) for one in newest])),
        every=_every(feed),
        format=str(found.get("version") or ""),
    )


def _read(body: bytes, content_type: str, url: str) -> Any:
    headers = {"content-type": content_type, "content-location": url}
    # A stream, never bytes or text: those might be taken for a file's name or an address.
    try:
        found = _parsed(body, headers)
        if found.entries or found.get("version"):
            return found
    except Exception:  # noqa: S110  (the parser fails in many ways on what is made to break it)
        pass
    try:
        text = _NOT_XML.sub(b" ", body.decode("utf-8", "replace").encode())
        return _parsed(text, headers | {"content-type": "application/xml; charset=utf-8"})
    except Exception as error:
        raise Unreadable("This feed is broken: no program could make sense of it.") from error


def _parsed(body: bytes, headers: dict[str, str]) -> Any:
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _what_it_is(body: bytes) -> str:
    head = body[:2000].lower()
    if not body.strip():
        return "There is nothing at this address: the answer was empty."
    if b"<html" in head or b"<!doctype html" in head:
        return "This is a web page, not a feed."
    return "This is not a feed: neither RSS, Atom nor JSON Feed."


def _newest(entries: list[Any], now: datetime) -> list[Any]:
    """Return the newest entries, the newest first; those without a date keep their places."""
    dated = [(_when(one, now), place, one) for place, one in enumerate(entries)]
    known = [when for when, _, _ in dated if when]
    if len(known) < len(dated):
        return entries[:MOST_ENTRIES]
    dated.sort(key=lambda row: (-row[0].timestamp() if row[0] else 0, row[1]))
    return [one for _, _, one in dated[:MOST_ENTRIES]]


def _entry(raw: Any, base: str, is_atom: bool, now: datetime) -> Entry:
    base = _base(raw, base)
    text, is_html, base_of_text, is_summary = _text(raw, base)
    written = written_of(text, is_html, base_of_text)
    url = address_of(_link_of(raw), base)
    return finished(
        guid=str(raw.get("id") or ""),
        headline=headline_of(*_title(raw, is_atom), written, url),
        written=written,
        url=url,
        published_at=_when(raw, now),
        author=one_line(to_text(_author(raw)), 200),
        attached=attached_of(_attached(raw), written.pictures, base_of_text),
        is_summary=is_summary,
    )


def _text(raw: Any, base: str) -> tuple[str, bool, str, bool]:
    """Return an entry's fullest text, whether it is HTML, its base, and whether it is short."""
    given = [one for one in raw.get("content") or [] if str(one.get("value") or "").strip()]
    summary = raw.get("summary_detail") or {}
    if str(raw.get("summary") or "").strip():
        given.append({**summary, "value": raw["summary"]})
    # Media RSS describes what is attached; that is a text only where there is no other.
    if not given and (described := raw.get("media_description") or raw.get("subtitle")):
        given = [{"type": "text/plain", "value": str(described)}]
    if not given:
        return "", False, base, True
    best = max(given, key=lambda one: (_is_html(one), len(str(one["value"]))))
    longest = max(given, key=lambda one: len(str(one["value"])))
    if len(str(longest["value"])) > 2 * len(str(best["value"])):
        best = longest
    value = str(best["value"])
    return value, _is_html(best), _base(best, base), len(value) < SHORT


def _is_html(detail: Any) -> bool:
    kind = str(detail.get("type") or "").lower()
    if kind in _HTML or not kind:
        return True
    # Many say text and mean HTML.
    return bool(_TAGS.search(str(detail["value"])))


def _title(thing: Any, says_so: bool) -> tuple[str, bool]:
    """Return a title and whether it is HTML, which Atom says and RSS leaves to be guessed."""
    title = str(thing.get("title") or "")
    detail = thing.get("title_detail") or {}
    return title, detail.get("type") in _HTML or (not says_so and bool(_TAGS.search(title)))


def _base(thing: Any, base: str) -> str:
    found = thing.get("base") if hasattr(thing, "get") else None
    return str(found) if str(found or "").startswith(("http://", "https://")) else base


def _link_of(thing: Any) -> str:
    """Return the link to a thing's page, of several the one that is a page for people."""
    links = [one for one in thing.get("links") or [] if one.get("href")]
    pages = [one for one in links if one.get("rel", "alternate") == "alternate"]
    pages.sort(key=lambda one: str(one.get("type") or "text/html") not in _HTML)
    for one in [thing.get("feedburner_origlink"), *[one["href"] for one in pages]]:
        if one:
            return str(one)
    return str(thing.get("link") or "")


def _author(raw: Any) -> str:
    detail = raw.get("author_detail") or {}
    return str(detail.get("name") or raw.get("author") or "")


def _when(raw: Any, now: datetime) -> datetime | None:
    candidates: list[Any] = []
    for name in ("published", "created", "updated"):
        if not dict.__contains__(raw, name):
            continue
        candidates.append(dict.get(raw, name))
        parsed = dict.get(raw, f"{name}_parsed")
        if isinstance(parsed, struct_time):
            candidates.append(parsed)
    return dates.first_sane(candidates, now)


def _attached(raw: Any) -> list[Attached]:
    found: list[Attached] = []
    pictures: list[Attached] = []
    for one in raw.get("media_content") or []:
        target = pictures if one.get("medium") == "image" else found
        target.append(_attachment(one, "url", one.get("medium")))
    for one in raw.get("media_thumbnail") or []:
        pictures.append(_attachment(one, "url", "image"))
    image = raw.get("image")
    if hasattr(image, "get") and image.get("href"):
        pictures.append(Attached(str(image["href"]), "image"))
    enclosures = [_attachment(one, "href", None) for one in raw.get("enclosures") or []]
    # A picture that is enclosed is meant to stand with the story; a thumbnail stands in for one.
    return [*enclosures, *found, *pictures]


def _attachment(one: Any, name: str, medium: Any) -> Attached:
    length = str(one.get("length") or one.get("filesize") or "")
    size = int(length) if length.isdecimal() and 0 < len(length) < 13 else None
    kind = medium if medium in {"image", "audio"} else ""
    return Attached(str(one.get(name) or ""), kind, str(one.get("type") or ""), size or None)


def _every(feed: Any) -> float | None:
    """Return how long the feed wants to be left alone, in seconds."""
    waits = []
    if (ttl := str(feed.get("ttl") or "").strip()).isdecimal() and len(ttl) < 7:
        waits.append(int(ttl) * 60.0)
    period = _PERIODS.get(str(feed.get("sy_updateperiod") or "").strip().lower())
    if period:
        often = str(feed.get("sy_updatefrequency") or "1").strip()
        waits.append(period / max(1, int(often) if often.isdecimal() and len(often) < 6 else 1))
    return max(waits, default=None)
