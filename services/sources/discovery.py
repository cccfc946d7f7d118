"""Finding the feeds of a site, from whatever address a reader has."""

import contextlib
import re
import time

from config import settings as site_settings
from errors import InvalidInput
from services import fetching, sandbox, waiting
from services.feeds.links import Candidate
from services.feeds.model import Feed, Unreadable
from services.fetching import Fetched, FetchError, Limits
from services.fetching.addresses import Target

COMMON = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json")
MOST = 12
GUESS_SECONDS = 5.0
READING_SECONDS = 15.0
"""Somebody waits meanwhile."""
_BEGUN = re.compile(
    rb"^\s*\{|^\x1f\x8b|<(?:[\w.-]{1,60}:)?(?:rss|feed|rdf|channel)[\s:>]", re.IGNORECASE
)
"""Beginnings of what is no page."""
ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, */*;q=0.8"


class NoFeed(InvalidInput):
    """There is no feed to be found."""


def find_feeds(typed: str) -> list[Candidate]:
    """Return the feeds at an address: itself, those that the page names, or those at usual places.

    No transaction may be open: this asks other sites, and takes its time.

    Raises:
        FetchError: the address can't be fetched.
        NoFeed: there is no feed.
        Busy: too many pages are being read.
    """
    got = _first(addresses_meant(typed))
    if (own := _as_feed(got)) is not None:
        return [own]
    if _is_page(got):
        with waiting.told(), contextlib.suppress(sandbox.Failed):
            if found := sandbox.read_links(got.body, got.url, got.charset):
                return found[:MOST]
    if guessed := _guessed(got.url):
        return guessed
    raise NoFeed(
        f"{Target.of(got.url).host} names no feed, and there is none at the usual places. Look on"
        " the site for a link that says RSS, Atom or feed."
    )


def addresses_meant(typed: str) -> list[str]:
    """Return what somebody may mean who types an address, the likeliest first."""
    text = typed.strip()
    text = re.sub(r"^(feed|rss|podcast|itpc|pcast):(//)?", "", text, flags=re.IGNORECASE)
    if re.match(r"^https?:/+", text, re.IGNORECASE):
        return [text]
    if re.match(r"^[a-z][a-z0-9+.-]*:(?!\d)", text, re.IGNORECASE):
        return [text]  # refused in words
    return [f"https://{text.lstrip('/')}", f"http://{text.lstrip('/')}"]


def _first(addresses: list[str]) -> Fetched:
    trouble: FetchError | None = None
    for address in addresses:
        try:
            return fetching.fetch(address, headers={"Accept": ACCEPT})
        except FetchError as error:
            trouble = trouble or error
            if error.permanent:
                break
    assert trouble is not None
    raise trouble


def _is_page(got: Fetched) -> bool:
    return "html" in got.content_type or b"<html" in got.body[:4096].lower() or not got.content_type


def _as_feed(got: Fetched) -> Candidate | None:
    # Servers call many a feed a page.
    if "html" in got.content_type and not _BEGUN.search(got.body[:4096].replace(b"\0", b"")):
        return None
    try:
        kind = got.headers.get("content-type", "")
        with waiting.told():
            feed = sandbox.read_feed(got.body, kind, got.url, READING_SECONDS, sandbox.PATIENCE)
    except (Unreadable, sandbox.Failed):
        return None
    return _candidate(got.moved_to or got.url, feed)


def _candidate(url: str, feed: Feed) -> Candidate:
    name = "JSON Feed" if feed.format.startswith("json") else feed.format.rstrip("0123456789u")
    name = {"rss": "RSS", "atom": "Atom", "cdf": "CDF"}.get(name, name)
    return Candidate(url, feed.title, name, feed.site_url, len(feed.entries))


def _guessed(url: str) -> list[Candidate]:
    """Look at the usual places, below the page and at the site's root."""
    target = Target.of(url)
    limits = Limits(GUESS_SECONDS, site_settings().fetch_max_bytes)
    left = 2 * GUESS_SECONDS
    end = time.monotonic() + left
    for name in COMMON:
        if time.monotonic() > end:
            break
        try:
            got = fetching.fetch(target.join(f"/{name}").url, limits=limits)
        except FetchError:
            continue
        if (found := _as_feed(got)) is not None:
            return [found]
    return []
