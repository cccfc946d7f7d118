"""Reading a feed of any format. Runs in a child process (`services/sandbox`)."""

import zlib
from datetime import UTC, datetime

from services.feeds import json_feed
from services.feeds.model import Feed

_PACKED = b"\x1f\x8b"
_MOST = 32 * 1024 * 1024
"""Bytes to which a packed feed may grow."""


def parse(body: bytes, content_type: str = "", url: str = "", now: datetime | None = None) -> Feed:
    """Read a feed that was fetched from `url`; everything in it comes out safe.

    Raises:
        Unreadable: it is none, in words for a reader.
    """
    now = now or datetime.now(UTC)
    body = _unpacked(body)
    if json_feed.looks_like_one(body, content_type):
        return json_feed.parse(body, url, now)
    from services.feeds import xml_feed  # so that JSON alone does not load feedparser

    return xml_feed.parse(body, content_type, url, now)


def _unpacked(body: bytes) -> bytes:
    """Return what a packed file holds; some servers send one as it lies there, and do not say."""
    if not body.startswith(_PACKED):
        return body
    try:
        return zlib.decompressobj(31).decompress(body, _MOST)
    except zlib.error:
        return body
