"""The feed itself: RSS 2.0 with what podcast apps read beside it."""

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
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
MADE_BY = 2
"""Grows whenever the same stories make another feed, so that no cache serves the old one."""
MOST = 300
"""Stories in a feed."""
WITH_TEXT = 100
"""So many of them with their text, the others with the beginning of it."""
LETTERS = 10_000
"""Characters of a story that a feed repeats."""
EXCERPT = 400
CHAPTERS_TYPE = "application/json+chapters"

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
    _add(head, f"{{{PODCAST}}}block", "yes")
    _add(head, f"{{{PODCAST}}}guid", str(uuid5(_FAMILY, channel.identity)))
    _add(head, f"{{{PODCAST}}}medium", "podcast")
    for place, episode in enumerate(episodes):
        if length := _length(episode):
            item = ET.SubElement(head, "item")
            _add_item(item, addresses, episode, length)
            if place < WITH_TEXT:
                _add(item, f"{{{CONTENT}}}encoded", _html(episode))
    for prefix, name in _PREFIXES.items():
        ET.register_namespace(prefix, name)
    return bytes(ET.tostring(rss, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add_item(item: ET.Element, addresses: Addresses, episode: Episode, length: int) -> None:
    kind = episode.content_type
    _, extension = TYPES.get(kind, (None, "mp3"))
    _add(item, "title", " ".join(clean(episode.headline).split()) or "Untitled")
    came_from = episode.source_url or ""
    here = not came_from.startswith(("http://", "https://"))
    _add(item, "link", addresses.of_page(episode.track_id) if here else came_from)
    _add(item, "guid", str(episode.track_id), isPermaLink="false")
    _add(item, "pubDate", _date(episode.created_at))
    _add(item, "description", _summary(episode))
    address = addresses.of_track(episode.track_id, extension)
    _add(item, "enclosure", url=address, length=str(length), type=kind)
    _add(item, f"{{{ITUNES}}}duration", str(max(1, round(episode.duration))))
    _add(item, f"{{{ITUNES}}}explicit", "false")
    _add(item, f"{{{ITUNES}}}author", f"Read by {episode.voice}" if episode.voice else "Earshot")
    if episode.image_id:
        _add(item, f"{{{ITUNES}}}image", href=addresses.of_picture(episode.image_id))
    if episode.chapters:
        address = addresses.of_chapters(episode.track_id)
        _add(item, f"{{{PODCAST}}}chapters", url=address, type=CHAPTERS_TYPE)
    if episode.timed:
        for suffix, kind in _TRANSCRIPTS.items():
            _add(
                item,
                f"{{{PODCAST}}}transcript",
                url=addresses.of_track(episode.track_id, suffix),
                type=kind.partition(";")[0],
            )


def _summary(episode: Episode) -> str:
    if episode.chapters:
        titles = "; ".join(str(chapter.get("title")) for chapter in episode.chapters)
        return f"In this briefing: {titles}."
    return markdown.excerpt(clean(episode.content), EXCERPT)


def _html(episode: Episode) -> str:
    if episode.chapters:
        return f"<ol>{''.join(map(_line, episode.chapters))}</ol>"
    cut = "<p>…</p>" if len(episode.content) == LETTERS else ""
    return markdown.to_html(clean(episode.content)) + cut


def _line(chapter: Mapping[str, Any]) -> str:
    """Return a briefing's story as a line of a list, a link where it came from somewhere."""
    title, url = html.escape(str(chapter.get("title"))), str(chapter.get("url") or "")
    if url.startswith(("http://", "https://")):
        title = f'<a href="{html.escape(url)}" rel="noopener noreferrer nofollow">{title}</a>'
    return f"<li>{title}</li>"


def chapters_json(title: str, chapters: Iterable[Mapping[str, Any]]) -> bytes:
    """Return chapters in the podcast namespace's format."""
    listed = [
        {"startTime": chapter["start"], "title": chapter["title"]}
        | ({"url": chapter["url"]} if chapter.get("url") else {})
        for chapter in chapters
    ]
    made = {"version": "1.2.0", "title": title, "chapters": listed}
    return json.dumps(made, ensure_ascii=False).encode()


def first_made(digest: str) -> datetime:
    """Return since when a feed has been what it is; now when nobody remembers.

    Never too early, so that an app which goes by the date alone misses nothing that was taken out.
    """
    key = f"podcast-made:{digest}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return datetime.fromtimestamp(int(kept), UTC)
    made = datetime.now(UTC).replace(microsecond=0)
    cache.set(key, str(int(made.timestamp())).encode(), timeout=24 * HOUR)
    return made


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
