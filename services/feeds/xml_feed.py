"""RSS, RDF and Atom, by feedparser: its leniency, our own cleaning."""

import io
import re
from dataclasses import dataclass, replace
from datetime import datetime
from time import struct_time
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXException

import feedparser

from services.feeds import dates
from services.feeds.decoding import in_utf8
from services.feeds.enclosures import attached_to
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
from services.feeds.mending import mended
from services.feeds.model import MOST_ENTRIES, Entry, Feed, Unreadable
from services.feeds.titles import headline_of, plain_title
from services.feeds.wholeness import breaks_off, ends_within_an_entry
from services.html_tree import joined, web_address

_PERIODS = {
    "hourly": 3600,
    "daily": 86400,
    "weekly": 604800,
    "monthly": 2592000,
    "yearly": 31536000,
}
_HTML = {"text/html", "application/xhtml+xml", "html", "xhtml"}
_TAGS = re.compile(
    r"</?(script|style|img|iframe|svg|object|embed|a|b|i|u|em|strong|span|font|br|p|div)\b[^<>]*>",
    re.IGNORECASE,
)
_LONG_TAG = re.compile(rb"<([A-Za-z][\w:.-]{0,100})[^<>]{50000,}?(/?)>")
"""An element with so many attributes that reading them takes for ever."""
_A_FEED = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:rss|feed|rdf|channel|item|entry)\b", re.IGNORECASE)
_OLDEST = re.compile(
    rb"<channel\s[^<>]{0,500}(href|base|lastmod)\s*=|<channel\b[^<>]*>\s*<(title|abstract|item)\b"
    rb"|netscape\.com/rdf/simple",
    re.IGNORECASE,
)
"""Beginnings of CDF and RSS 0.90, whose versions the parser does not know."""
_ADDRESS = re.compile(r"https?://|/", re.IGNORECASE)
_SPOILING = re.compile(
    rb"</?(?:(?:[\w.-]{1,60}:)?(?:width|height|license|chapters?|where|poslist)"
    rb"|(?:georss|gml|psc|cc|creativecommons):[\w.-]{1,60})\b[^<>]*>",
    re.IGNORECASE,
)
"""Elements that nobody misses here, over which the parser falls when they are not in order."""
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class _Around:
    """What the entries of a feed have in common."""

    base: str
    author: str
    now: datetime


def parse(body: bytes, content_type: str, url: str, now: datetime) -> Feed:
    """Read a feed.

    Raises:
        Unreadable: it is none.
    """
    body, is_utf8 = in_utf8(body, content_type)
    if is_utf8 and not _A_FEED.search(body):
        raise Unreadable(_what_it_is(body))  # at once; the parser would look for long
    found = _read(mended(body), is_utf8)
    if not found.entries and not found.get("version") and not _OLDEST.search(body[:2000]):
        raise Unreadable(_what_it_is(body))
    feed = found.feed
    entries = found.entries
    if isinstance(found.get("bozo_exception"), SAXException) and breaks_off(body):
        entries = entries[:-1] if ends_within_an_entry(body) else entries
        if not entries:
            raise Unreadable("This feed breaks off before its first entry is whole.")
    newest = dates.newest(entries, lambda one: _when(one, now), MOST_ENTRIES)
    site = address_of(_link_of(feed), url)
    around = _Around(_base_of_links(site, url), authors_of(_authors(feed, named=True)), now)
    return Feed(
        title=one_line(plain_title(*_title(feed)), 200),
        site_url=None if site == address_of(url, "") else site,
        language=one_line(feed.get("language", ""), 20),
        entries=tuple(told_apart([_entry(one, around) for one in newest])),
        every=_every(feed),
        format=str(found.get("version") or ""),
    )


def _base_of_links(site: str | None, url: str) -> str:
    """Return what relative links are read from: the feed, unless it lives at somebody else's."""
    if site and urlsplit(site).hostname != urlsplit(url).hostname:
        return site
    return url


def _read(body: bytes, is_utf8: bool) -> Any:
    # Without the feed's own address ids stay as they are when it moves.
    headers = {"content-type": f"application/xml{'; charset=utf-8' if is_utf8 else ''}"}
    body = _LONG_TAG.sub(rb"<\1\2>", body)
    # A stream, never bytes or text: those might be taken for a file's name or an address.
    try:
        found = _parsed(body, headers)
        if found.entries or found.get("version"):
            return found
    except Exception:  # noqa: S110  (the parser fails in many ways on what is made to break it)
        pass
    try:
        return _parsed(_SPOILING.sub(b" ", _NOT_XML.sub(b" ", body)), headers)
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


def _entry(raw: Any, around: _Around) -> Entry:
    url = address_of(_link_of(raw), around.base) or address_of(_source_of(raw), around.base)
    text, is_html, own_base, is_summary = _text(raw)
    # Who writes relative links without saying from where means the article's page.
    in_feed = joined(around.base, own_base)
    base = in_feed if own_base else url or around.base
    written = written_of(text, is_html, base)
    enclosed = next((one["href"] for one in raw.get("enclosures") or [] if one.get("href")), "")
    elsewhere = web_address(enclosed, around.base, {"http", "https"})
    attached = [replace(one, url=joined(in_feed, one.url.strip())) for one in attached_to(raw)]
    return finished(
        guid=str(raw.get("id") or ""),
        headline=headline_of(*_title(raw), written, url, elsewhere),
        written=written,
        url=url,
        elsewhere=elsewhere,
        published_at=_when(raw, around.now),
        author=authors_of(_authors(raw)) or around.author,
        attached=attached_of(attached, written.pictures, base),
        is_summary=is_summary,
    )


def _text(raw: Any) -> tuple[str, bool, str, bool]:
    """Return an entry's fullest text, whether it is HTML, its base, and whether it is short."""
    given = [one for one in raw.get("content") or [] if str(one.get("value") or "").strip()]
    summary = raw.get("summary_detail") or {}
    if str(raw.get("summary") or "").strip():
        given.append({**summary, "value": raw["summary"]})
    # Some describe only what is attached; that is a text where there is no other.
    described = [raw.get(name) for name in ("media_description", "googleplay_description")]
    if not given and (text := next((one for one in [*described, raw.get("subtitle")] if one), "")):
        given = [{"type": "text/plain", "value": str(text)}]
    if not given:
        return "", False, "", True
    best = max(given, key=lambda one: (_is_html(one), len(str(one["value"]))))
    longest = max(given, key=lambda one: len(str(one["value"])))
    if len(str(longest["value"])) > 2 * len(str(best["value"])):
        best = longest
    value = str(best["value"])
    return value, _is_html(best), str(best.get("base") or ""), len(value) < SHORT


def _is_html(detail: Any) -> bool:
    kind = str(detail.get("type") or "").lower()
    if kind in _HTML or not kind:
        return True
    # Many say text and mean HTML.
    return bool(_TAGS.search(str(detail["value"])))


def _title(thing: Any) -> tuple[str, bool]:
    """Return a title, and whether it says that it is HTML."""
    detail = thing.get("title_detail") or {}
    title = str(thing.get("title") or thing.get("itunes_title") or "")
    return title, detail.get("type") in _HTML


def _link_of(thing: Any) -> str:
    """Return the link to a thing's page, of several the one that is a page for people."""
    links = [one for one in thing.get("links") or [] if one.get("href")]
    pages = [one for one in links if one.get("rel", "alternate") == "alternate"]
    pages.sort(key=lambda one: str(one.get("type") or "text/html") not in _HTML)
    for one in [thing.get("feedburner_origlink"), *[one["href"] for one in pages]]:
        if one:
            return str(one)
    link, own = str(thing.get("link") or ""), str(thing.get("id") or "")
    if not link and "guidislink" not in thing:
        link = own
    # An id is an address only where it looks like one in full.
    return link if link != own or _ADDRESS.match(own) else ""


def _source_of(raw: Any) -> str:
    """Return the page that an entry names as its content, instead of having any."""
    pages = [one for one in raw.get("content") or [] if one.get("src") and one.get("type") in _HTML]
    return str(pages[0]["src"]) if pages else ""


def _authors(thing: Any, named: bool = False) -> list[str]:
    """Return who wrote; `named` leaves out those of whom there is only an address."""
    known = [one.get("name") or one.get("email") for one in thing.get("authors") or []]
    names = [str(one) for one in known if one]
    names = names or [str(thing.get("author") or thing.get("googleplay_author") or "")]
    return [one for one in names if not (named and "@" in one and " " not in one)]


def _when(raw: Any, now: datetime) -> datetime | None:
    candidates: list[Any] = []
    for name in ("published", "created", "updated", "prism_publicationdate"):
        if not dict.__contains__(raw, name):
            continue
        candidates.append(dict.get(raw, name))
        parsed = dict.get(raw, f"{name}_parsed")
        if isinstance(parsed, struct_time):
            candidates.append(parsed)
    return dates.first_sane(candidates, now)


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
