"""Reading a feed of any format. Runs in a child process (`services/sandbox`)."""

from datetime import UTC, datetime

from services.feeds import json_feed
from services.feeds.model import Feed


def parse(body: bytes, content_type: str = "", url: str = "", now: datetime | None = None) -> Feed:
    """Read a feed that was fetched from `url`; everything in it comes out safe.

    Raises:
        Unreadable: it is none, in words for a reader.
    """
    now = now or datetime.now(UTC)
    if json_feed.looks_like_one(body, content_type):
        return json_feed.parse(body, url, now)
    from services.feeds import xml_feed  # so that JSON alone does not load feedparser

    return xml_feed.parse(body, content_type, url, now)
