"""Lists of sources as other readers take and give them: OPML."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from config import MEGABYTE
from errors import InvalidInput
from queries.sources import SourceRow, addresses_of
from services import plans
from services.feeds.entries import one_line
from services.fetching.addresses import Target
from services.fetching.errors import FetchError
from services.sources import editing

LARGEST = 4 * MEGABYTE
MOST = 5000
MOST_MENDED = 100_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed in such a list."""

    url: str
    title: str
    site_url: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line; `source_id` is None when nothing did, and `reason` says why."""

    title: str
    url: str
    source_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list."""

    added: list[Outcome]
    known: list[Outcome]
    """Followed before, or twice in the list."""
    refused: list[Outcome]


def read(body: bytes) -> list[Listed]:
    """Return the feeds that a list names, in its order; folders are looked through.

    Raises:
        InvalidInput: it is no such list.
    """
    if len(body) > LARGEST:
        raise InvalidInput("This list is larger than 4 MB. Split it in two.")
    root = _root(body)
    if root.tag.lower().rpartition("}")[2] != "opml":
        raise InvalidInput(
            "This is no OPML. Export your subscriptions as OPML in the other reader."
        )
    found = [
        Listed(url, one_line(one.get("title") or one.get("text"), 200), one.get("htmlUrl"))
        for one in root.iter("outline")
        if (url := (one.get("xmlUrl") or one.get("xmlurl") or "").strip())
    ]
    if not found:
        raise InvalidInput("There is no feed in this list.")
    if len(found) > MOST:
        raise InvalidInput(f"This list has more than {MOST:,} feeds. Split it in two.")
    return found


def follow(user_id: UUID, listed: Iterable[Listed]) -> Imported:
    """Follow every feed of a list, and say of each what became of it. The caller commits.

    Raises:
        LimitReached: the plan has no room for all that are new; nothing is followed then.
    """
    result = Imported([], [], [])
    known = addresses_of(user_id)
    fresh: dict[str, Listed] = {}
    for one in listed:
        label = one.title or one.url
        try:
            url = Target.of(one.url).url
        except FetchError as error:
            result.refused.append(Outcome(label, one.url, reason=str(error)))
            continue
        if url in known or url in fresh:
            result.known.append(Outcome(label, url))
        else:
            fresh[url] = one
    plans.check_sources(user_id, len(fresh))
    for url, one in fresh.items():
        label = one.title or one.url
        try:
            source_id = editing.add(user_id, url, name=one.title, site_url=_site(one.site_url))
        except editing.Followed:
            result.known.append(Outcome(label, url))
        else:
            result.added.append(Outcome(label, url, source_id))
    return result


def write(sources: Iterable[SourceRow]) -> bytes:
    """Return a list of sources as every reader takes it."""
    root = Element("opml", version="2.0")
    head = SubElement(root, "head")
    SubElement(head, "title").text = "Sources from Earshot"
    SubElement(head, "dateCreated").text = format_datetime(datetime.now(UTC))
    body = SubElement(root, "body")
    for source in sources:
        known = {"type": "rss", "text": source.label, "title": source.label, "xmlUrl": source.url}
        if source.site_url:
            known["htmlUrl"] = source.site_url
        SubElement(body, "outline", {name: _printable(value) for name, value in known.items()})
    indent(root)
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _root(body: bytes) -> Element:
    # A type that is only named does no harm. One that is defined could give each of a million
    # elements an attribute of a megabyte, or define entities.
    body = re.sub(rb"<!DOCTYPE[^<>\[]*>", b"", body, count=1, flags=re.IGNORECASE).strip()
    texts = [body]
    if body.count(b"&") <= MOST_MENDED:
        # Many a program forgets to write &amp; for the & of an address.
        texts.append(re.sub(rb"&(?!#?\w{1,10};)", b"&amp;", body))
    for text in texts:
        try:
            found: Element = fromstring(text, forbid_dtd=True)
        except DefusedXmlException:
            raise InvalidInput("This list is not taken: it defines what XML is.") from None
        except (ParseError, ValueError, LookupError, RecursionError):
            continue
        return found
    raise InvalidInput("This is no OPML: it is not well-formed XML.")


def _site(address: str | None) -> str | None:
    try:
        return Target.of(address).url if address else None
    except FetchError:
        return None


def _printable(text: str) -> str:
    return "".join(one for one in text if one.isprintable())
