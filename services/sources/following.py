"""Stories that follow their entries: until their reader changes them."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from extensions import db
from models import NewsStory, SourceEntry
from services.feeds.canonical import digest
from services.feeds.model import Entry
from services.sources.queue import Visit

TOO_MANY_WORDS = "54000"
"""PostgreSQL's code when a search vector would be over a megabyte."""


def story_digest(headline: str, content: str) -> str:
    """Return a fingerprint by which a story that its reader changed is told."""
    return digest(f"{headline}\0{content}")


def entry_digest(entry: Entry) -> str:
    """Return a fingerprint of what a feed says in an entry."""
    return digest(f"{entry.headline}\0{entry.content}")


def follow(visit: Visit, entry: Entry, seen: Any) -> bool:
    """Let a story follow its entry, unless its reader changed it; say whether it did."""
    digests = {"entry_digest": entry_digest(entry)}
    followed = False
    if seen.is_origin and seen.news_id is not None:
        story = db.session.execute(
            select(NewsStory.headline, NewsStory.content)
            .where(NewsStory.id == seen.news_id, NewsStory.user_id == visit.user_id)
            .with_for_update()
        ).one_or_none()
        if story and story_digest(story.headline, story.content) == seen.story_digest:
            content = story.content if visit.full_text else entry.content
            try:
                with db.session.begin_nested():
                    db.session.execute(
                        update(NewsStory)
                        .where(NewsStory.id == seen.news_id, NewsStory.user_id == visit.user_id)
                        .values(headline=entry.headline, content=content)
                    )
                digests["story_digest"] = story_digest(entry.headline, content)
                followed = True
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != TOO_MANY_WORDS:
                    raise
    db.session.execute(
        update(SourceEntry)
        .where(SourceEntry.source_id == visit.id, SourceEntry.guid_digest == seen.guid_digest)
        .values(**digests)
    )
    return followed
