"""The article in a web page: what it says, without what stands around it.

Runs in a child process (`services/sandbox`): the library that does it is large.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Self

from services.feeds import dates
from services.feeds.canonical import canonical
from services.feeds.entries import address_of, one_line
from services.figures import with_captions
from services.html_markdown import to_markdown
from services.html_tree import web_address


@dataclass(frozen=True, slots=True)
class Article:
    """What was found in a page; `content` is Markdown, and empty when there is no article."""

    headline: str
    content: str
    url: str | None
    """Where the page says that it lives."""
    author: str = ""
    published_at: datetime | None = None
    picture: str | None = None
    language: str = ""
    site: str = ""

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Return the article that `as_plain` took apart."""
        when = plain.pop("published_at")
        return cls(**plain, published_at=datetime.fromisoformat(when) if when else None)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        when = self.published_at
        return asdict(self) | {"published_at": when.isoformat() if when else None}


def extract(page: bytes, url: str, charset: str = "", now: datetime | None = None) -> Article:
    """Find the article in a page that was fetched from `url`."""
    import trafilatura
    from trafilatura.metadata import extract_metadata

    now = now or datetime.now(UTC)
    html = decoded(page, charset)
    tree = trafilatura.load_html(html)
    if tree is None:
        return Article("", "", canonical(url))
    moments = _moments(tree)
    about = extract_metadata(tree, default_url=url, extensive=False)
    text = trafilatura.extract(
        # A tree of its own: this one may have lost what was told above.
        with_captions(trafilatura.load_html(html)),
        url=url,
        output_format="html",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_images=True,
        include_tables=True,
        favor_precision=False,
    )
    body = re.sub(r"(?s)^.*?<body[^>]*>|</body>.*$", "", text or "")
    own = address_of(about.url, url)
    headline = one_line(about.title)
    content = to_markdown(body.replace("<graphic", "<img"), own or url).text
    return Article(
        headline=headline,
        content=_without(content, headline),
        url=own or canonical(url),
        author=one_line(about.author, 200),
        published_at=_published(about.date, moments, now),
        picture=web_address(about.image or "", url, {"http", "https"}),
        language=one_line(about.language or _language(html), 20),
        site=one_line(about.sitename, 100),
    )


def decoded(page: bytes, charset: str) -> str:
    """Return a page's text: by the header's charset, else its own, else UTF-8."""
    if page.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        charset = "utf-8-sig" if page[0] == 0xEF else "utf-16"
    named = re.search(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", page[:4096], re.I)
    for one in (charset, named[1].decode("ascii", "ignore") if named else "", "utf-8"):
        try:
            return page.decode(one) if one else page.decode("utf-8")
        except (LookupError, UnicodeError):
            continue
    return page.decode("utf-8" if charset in {"", "utf-8"} else "latin-1", "replace")


_PUBLISHED = {
    *("article:published_time", "og:published_time", "og:article:published_time"),
    *("datepublished", "date", "pubdate", "publishdate", "publish-date", "publication_date"),
    *("dc.date", "dc.date.issued", "dcterms.date", "dcterms.created", "dcterms.issued"),
    *("parsely-pub-date", "sailthru.date", "article.published", "published-date"),
}
"""What pages call the time in a meta element; in lower case."""
_IN_DATA = re.compile(r"\"datePublished\"\s{0,9}:\s{0,9}\"([^\"]{10,80})\"", re.IGNORECASE)
_CHANGED = re.compile(r"modified|updated", re.IGNORECASE)
MOST_TIMES = 200
"""A page of more times is a list of articles."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time of day in its zone; `slack` is how many days it may be away from the article's."""

    when: datetime
    slack: int


def _moments(tree: Any) -> list[_Moment]:
    """Return the moments at which a page says that it was published, the surest first."""
    told: list[tuple[str, int]] = []
    for meta in tree.iter("meta"):
        names = (meta.get(name, "").lower() for name in ("property", "name", "itemprop"))
        if not _PUBLISHED.isdisjoint(names):
            told.append((meta.get("content", ""), 1))
    for script in tree.iter("script"):
        if "ld+json" in script.get("type", "").lower():
            told += [(text, 1) for text in _IN_DATA.findall(script.text or "")]
    # Times stand at links to other articles too: only those of the very day are this one's.
    times = list(islice(tree.iter("time"), MOST_TIMES))
    times.sort(key=lambda time: next(time.iterancestors("article"), None) is None)
    for time in times:
        if not _CHANGED.search(f"{time.get('itemprop', '')} {time.get('class', '')}"):
            told.append((time.get("datetime", ""), 0))
    read = ((_moment(text), slack) for text, slack in told)
    return [_Moment(when, slack) for when, slack in read if when]


def _moment(text: str) -> datetime | None:
    """Return a time that has its zone with it; others are no moments."""
    plain = re.sub(r"\s+(?=[+-]\d|Z$)", "", text.strip()[:80])
    try:
        when = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return when if when.tzinfo else None


def _published(text: str | None, moments: list[_Moment], now: datetime) -> datetime | None:
    """Return the moment that fits the day which was found best; that day where none does."""
    day = dates.read(text or "")
    if day is None:
        return None

    def away(one: _Moment) -> int:
        return abs((one.when.date() - day.date()).days)

    near = [one for one in moments if away(one) <= one.slack]
    best = dates.sane(min(near, key=away).when, now) if near else None
    return best.astimezone(UTC) if best else dates.sane(day, now)


def _without(content: str, headline: str) -> str:
    """Leave out a first heading that only repeats the headline."""
    first, _, rest = content.partition("\n\n")
    words = re.sub(r"\\(.)", r"\1", first.lstrip("# "))
    return rest if first.startswith("#") and rest and words == headline else content


def _language(html: str) -> str:
    found = re.search(r"<html[^>]{0,300}\blang\s*=\s*[\"']?([A-Za-z-]{2,20})", html[:4096], re.I)
    return found[1] if found else ""
