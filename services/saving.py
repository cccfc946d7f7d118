"""An article from elsewhere, fetched and read so that somebody can look at it before keeping it.

It runs in a web process while somebody waits, so it takes little time; the page itself is read
by a child process (`services/sandbox`).
"""

import base64
import logging
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit

from config import MEGABYTE, settings
from errors import AppError
from models import MediaType
from services import fetching, sandbox, uploads, waiting
from services.articles import Article
from services.fetching import Limits
from services.refusals import UploadRefused
from services.uploads import Prepared

log = logging.getLogger(__name__)

PAGE_SECONDS = 10.0
READING_SECONDS = 15.0
PICTURE_SECONDS = 6.0
LARGEST_PAGE = 5 * MEGABYTE
LARGEST_PICTURE = 12 * MEGABYTE
LONGEST_CONTENT = 200_000
PAGES = {"text/html", "application/xhtml+xml", ""}
NAMES = {
    "application/pdf": "a PDF file",
    "application/json": "data for programs",
    "application/rss+xml": "a feed",
    "application/atom+xml": "a feed",
    "application/feed+json": "a feed",
    "text/xml": "data for programs",
    "application/xml": "data for programs",
}
_FEED = re.compile(
    rb"\s{0,99}(?:<\?[^>]{0,500}>\s{0,99}|<!--.{0,999}?-->\s{0,99}){0,9}<(?:rss|feed|rdf:RDF)[\s>]",
    re.DOTALL,
)
"""How feeds begin, whatever they are sent as."""
_ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)


class NoArticle(AppError):
    """There is no article to be had from an address; the text says why."""

    status = 422


class IsFeed(NoArticle):
    """It is a feed, which can be followed instead."""

    def __init__(self) -> None:
        super().__init__("That address leads to a feed, not to a page with an article.")


@dataclass(frozen=True, slots=True)
class Found:
    """An article that waits to be kept."""

    article: Article
    url: str
    """Where it is kept from: what the page calls its own address, else where it was."""
    picture: str = ""
    """Address of its lead picture; empty when there is none that could be kept."""
    thumbnail: str = ""
    """That picture, small, as a data: address."""


def address_in(*texts: str | None) -> str:
    """Return the first web address in what somebody shared; empty when there is none.

    Some apps share it as an address, others in the middle of a text.
    """
    for text in texts:
        found = _ADDRESS.search(text or "")
        if found:
            return _without_end(found[0])
    return ""


def find(url: str) -> Found:
    """Fetch an article with its lead picture; no transaction may be open meanwhile.

    Raises:
        FetchError: the page can't be had.
        IsFeed: it is a feed.
        NoArticle: there is no article in it.
        Busy: too many pages are being read.
    """
    limits = Limits(min(PAGE_SECONDS, settings().fetch_timeout), LARGEST_PAGE)
    page = fetching.fetch(url, limits=limits, headers={"Accept": "text/html,*/*;q=0.5"})
    host = urlsplit(page.url).hostname or "This site"
    if NAMES.get(page.content_type) == "a feed" or _FEED.match(page.body.removeprefix(BOM_UTF8)):
        raise IsFeed
    if page.content_type not in PAGES:
        kind = NAMES.get(page.content_type) or page.content_type.partition("/")[0] or "something"
        named = {"image": "a picture", "audio": "a sound", "video": "a film"}.get(kind, kind)
        raise NoArticle(f"That address leads to {named}, not to a page with an article.")
    try:
        with waiting.told():
            article = sandbox.read_article(
                page.body, page.url, page.charset, READING_SECONDS, sandbox.PATIENCE
            )
    except sandbox.Failed as error:
        log.info("an article from %s could not be read: %s", host, error)
        raise NoArticle(f"{host} was reached, but its page could not be read.") from error
    if not article.content.strip():
        raise NoArticle(
            f"{host} was reached, but there is no article on that page: it may need scripts, or"
            " somebody to sign in."
        )
    picture, thumbnail = _look_at(article.picture)
    return Found(article, article.url or page.url, picture, thumbnail)


@contextmanager
def picture(url: str) -> Iterator[Prepared]:
    """Fetch a picture and make it ready to be stored; no transaction may be open meanwhile.

    Raises:
        FetchError: it can't be had.
        UploadRefused: it is nothing that is kept here.
    """
    most = min(LARGEST_PICTURE, settings().max_image_bytes)
    with SpooledTemporaryFile(max_size=MEGABYTE) as file:
        stream = cast(BinaryIO, file)
        fetching.fetch(url, limits=Limits(PICTURE_SECONDS, most), into=stream)
        name = unquote(urlsplit(url).path.rpartition("/")[2]) or "picture"
        prepared = uploads.examine(stream, name, uploads.Limits.of(settings()))
        try:
            if prepared.kind is not MediaType.IMAGE:
                raise UploadRefused(prepared.name, "is no picture.")
            # So that it is known again where the text shows it.
            prepared.metadata["kept_from"] = url
            yield prepared
        finally:
            prepared.close()


def _look_at(url: str | None) -> tuple[str, str]:
    """Return a picture's address and the picture itself, small; nothing if it can't be kept."""
    if not url:
        return "", ""
    try:
        with picture(url) as prepared:
            small = base64.b64encode(prepared.thumbnail or b"").decode()
            return url, f"data:image/webp;base64,{small}"
    except AppError as error:
        log.info("the picture of an article is left out: %s", type(error).__name__)
        return "", ""


def _without_end(address: str) -> str:
    """Return an address without the punctuation of the sentence that it ended."""
    address = address.rstrip(".,;:!?»”’…")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1]
    return address
