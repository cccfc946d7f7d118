"""Feeds for tests to serve, and sources that follow them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from sqlalchemy import func, update

import scope
from extensions import db
from models import NewsStory, Source, User
from services.sources import queue, visiting
from services.worker import transaction
from tests.servers.web import reply

YESTERDAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


def item(number: int | str, content: str = "", **parts: str) -> str:
    """Write one item of an RSS feed."""
    known = {
        "title": f"Item {number}",
        "link": f"https://example.org/{number}",
        "guid": f"item-{number}",
        "pubDate": format_datetime(YESTERDAY),
        "description": content or f"<p>The text of item {number}.</p>",
    } | parts
    raw = known.pop("raw", "")
    inside = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in known.items() if text)
    inside = inside.replace("<guid>", '<guid isPermaLink="false">')
    return f"<item>{inside}{raw}</item>"


def rss(*items: str, title: str = "The Daily Test", more: str = "") -> bytes:
    """Write an RSS feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://example.org/</link>{more}{''.join(items)}"
        "</channel></rss>"
    ).encode()


def feed(*items: str, **headers: str) -> bytes:
    """Write the answer of a server that has an RSS feed."""
    return reply(rss(*items), type="application/rss+xml", **headers)


def make_source(owner: User, url: str, **columns: Any) -> Source:
    """Make a source that is due."""
    host = url.split("/")[2]
    source = Source(user_id=owner.id, url=url, host=host, **columns)
    db.session.add(source)
    db.session.commit()
    return source


def visit(source: Source | Any) -> Source:
    """Let the worker visit a source now, and return it as it is afterwards."""
    source_id = source.id
    before = scope.current()
    scope.enter(scope.OWNER)
    db.session.execute(
        update(Source)
        .where(Source.id == source_id)
        .values(next_fetch_at=func.now(), wanted=True)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    with transaction():
        claimed = queue.claim(source_id)
    assert claimed is not None
    visiting.perform(claimed)
    scope.enter(before.role, before.user_id)
    db.session.expire_all()
    found = db.session.get(Source, source_id)
    assert found is not None
    return found


def stories(owner: User) -> Sequence[NewsStory]:
    """Return a reader's stories, the newest first."""
    db.session.expire_all()
    return (
        db.session.query(NewsStory)
        .filter(NewsStory.user_id == owner.id)
        .order_by(NewsStory.created_at.desc(), NewsStory.id.desc())
        .all()
    )


def headlines(owner: User) -> list[str]:
    """Return the headlines of a reader's stories, the newest first."""
    return [story.headline for story in stories(owner)]
