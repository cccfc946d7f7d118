"""The feed itself: RSS 2.0 with what podcast apps read beside it."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from errors import StorageError
from extensions import cache
from queries.podcasts import Episode
from services import captions, markdown
from services.caching import HOUR
from services.filetypes import TYPES
from services.podcasts.addresses import Addresses
from services.storage import open_storage

FEED_TYPE = "application/rss+xml; charset=utf-8"
MADE_BY = 1
"""Grows whenever the same stories make another feed, so that no cache serves the old one."""
MOST = 300
"""Stories in a feed."""
WITH_TEXT = 100
"""So many of them with their text, the others with the beginning of it."""
LETTERS = 10_000
"""Characters of a story that a feed repeats."""
EXCERPT = 400

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
_PREFIXES = {"atom": ATOM, "content": CONTENT, "itunes": ITUNES, "podcast": PODCAST}

_FAMILY = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The namespace in which the podcast specification derives ids."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TRANSCRIPTS = {
    "vtt": captions.VTT_TYPE,
    "srt": captions.SRT_TYPE,
    "json": captions.PODCAST_TYPE,
}


@dataclass(frozen=True, slots=True)
class Channel:
    """Whose feed it is, and which of the reader's feeds."""

    email: str
    identity: str
    """Stays the same when the address is renewed, so that apps know the podcast again."""
    address: str
    part: str = ""
    """What of it: `, tagged “Science”`; empty for all."""

    @property
    def title(self) -> str:
        """Return what apps call it."""
        return f"Earshot: {self.email.partition('@')[0]}’s stories{self.part}"


def render(channel: Channel, addresses: Addresses, episodes: Sequence[Episode]) -> bytes:
    """Return the feed, from the cache if it is there. The same stories always make the same bytes.

    Apps ask every hour or oftener, each time for all of it, and hundreds of texts take a while.
    """
    made_of = repr((MADE_BY, channel, addresses, episodes)).encode()
    key = f"podcast:{hashlib.sha256(made_of).hexdigest()}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return kept
    data = _written(channel, addresses, episodes)
    cache.set(key, data, timeout=HOUR)
    return data


def _written(channel: Channel, addresses: Addresses, episodes: Iterable[Episode]) -> bytes:
    rss = ET.Element("rss", {"version": "2.0"})
    head = ET.SubElement(rss, "channel")
    _add(head, "title", channel.title)
    _add(head, "link", addresses.site)
    _add(head, "description", "The stories you had read aloud. This feed is private.")
    _add(head, "language", "en")
    _add(head, "generator", "Earshot")
    _add(head, f"{{{ATOM}}}link", href=channel.address, rel="self", type="application/rss+xml")
    _add(head, f"{{{ITUNES}}}author", "Earshot")
    _add(head, f"{{{ITUNES}}}explicit", "false")
    _add(head, f"{{{ITUNES}}}type", "episodic")
    _add(head, f"{{{ITUNES}}}block", "Yes")
    _add(head, f"{{{ITUNES}}}category", text="News")
    _add(head, f"{{{ITUNES}}}image", href=addresses.cover)
    _add(head, f"{{{PODCAST}}}locked", "yes")
    _add(head, f"{{{PODCAST}}}guid", str(uuid5(_FAMILY, channel.identity)))
    _add(head, f"{{{PODCAST}}}medium", "podcast")
    for place, episode in enumerate(episodes):
        if length := _length(episode):
            item = ET.SubElement(head, "item")
            _add_item(item, addresses, episode, length)
            if place < WITH_TEXT:
                _add(item, f"{{{CONTENT}}}encoded", _html(episode.content))
    for prefix, name in _PREFIXES.items():
        ET.register_namespace(prefix, name)
    return bytes(ET.tostring(rss, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add_item(item: ET.Element, addresses: Addresses, episode: Episode, length: int) -> None:
    kind = episode.content_type
    _, extension = TYPES.get(kind, (None, "mp3"))
    _add(item, "title", " ".join(clean(episode.headline).split()) or "Untitled")
    if episode.source_url and episode.source_url.startswith(("http://", "https://")):
        _add(item, "link", episode.source_url)
    _add(item, "guid", str(episode.track_id), isPermaLink="false")
    _add(item, "pubDate", _date(episode.created_at))
    _add(item, "description", markdown.excerpt(clean(episode.content), EXCERPT))
    address = addresses.of_track(episode.track_id, extension)
    _add(item, "enclosure", url=address, length=str(length), type=kind)
    _add(item, f"{{{ITUNES}}}duration", str(max(1, round(episode.duration))))
    _add(item, f"{{{ITUNES}}}explicit", "false")
    if episode.timed:
        for suffix, kind in _TRANSCRIPTS.items():
            _add(
                item,
                f"{{{PODCAST}}}transcript",
                url=addresses.of_track(episode.track_id, suffix),
                type=kind.partition(";")[0],
            )


def _html(content: str) -> str:
    return markdown.to_html(clean(content)) + ("<p>…</p>" if len(content) == LETTERS else "")


def clean(text: str) -> str:
    """Take out what XML 1.0 has no way to write."""
    return _NOT_XML.sub("", text)


def _add(parent: ET.Element, tag: str, words: str = "", /, **attributes: str) -> None:
    made = ET.SubElement(parent, tag, {name: clean(one) for name, one in attributes.items()})
    made.text = clean(words) or None


def _length(episode: Episode) -> int:
    """Return the size of a sound in bytes; 0 when there is none to send."""
    try:
        return episode.byte_size or open_storage().size(episode.storage_key)
    except StorageError:
        return 0


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
