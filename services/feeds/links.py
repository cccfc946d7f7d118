"""The feeds that a web page names. Runs in a child process (`services/sandbox`)."""

import contextlib
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from typing import Any

from services.articles import decoded
from services.feeds.entries import one_line
from services.html_tree import web_address

TYPES = {
    "application/rss+xml": "RSS",
    "application/atom+xml": "Atom",
    "application/rdf+xml": "RDF",
    "application/feed+json": "JSON Feed",
    "application/json": "JSON Feed",
    "application/xml": "XML",
    "text/xml": "XML",
}
LONGEST_PAGE = 2_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that was found; `format` is such as RSS, empty when unknown."""

    url: str
    title: str = ""
    format: str = ""
    site_url: str | None = None
    entries: int | None = None
    """How many it has now; None when it was not read yet."""

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def links_in(page: bytes, base: str, charset: str = "") -> list[Candidate]:
    """Return the feeds that a page names in its head."""
    reader = _Links()
    with contextlib.suppress(ValueError, AssertionError):
        reader.feed(decoded(page, charset)[:LONGEST_PAGE])
    base = web_address(reader.base or "", base) or base
    found: dict[str, Candidate] = {}
    for href, kind, title in reader.links:
        url = web_address(href, base, {"http", "https"})
        if url is not None and len(url) <= 2000:
            found.setdefault(url, Candidate(url, one_line(title, 200), TYPES[kind]))
    # Of the comments on each article nobody wants to hear first.
    return sorted(found.values(), key=lambda one: "comment" in (one.title + one.url).lower())


class _Links(HTMLParser):
    """Collects the links of a page that say they lead to a feed."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.base: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "base" and self.base is None:
            self.base = given.get("href")
        if tag not in {"link", "a"} or len(self.links) > 100:
            return
        kind = given.get("type", "").partition(";")[0].strip().lower()
        rel = given.get("rel", "").lower().split()
        # Plain XML or JSON may be anything: only what is called a feed counts.
        plain = kind in {"application/json", "application/xml", "text/xml"}
        named = "feed" in rel or ("alternate" in rel and (not plain or tag == "link"))
        if kind in TYPES and named and not (plain and "oembed" in given.get("href", "")):
            self.links.append((given.get("href", ""), kind, given.get("title", "")))
