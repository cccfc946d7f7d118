"""Stories that follow their entries: until their reader changes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from extensions import db
from models import NewsStory, SourceEntry
from services.feeds.canonical import digest
from services.feeds.model import Entry
from services.sources.arrival import Arrival, Stored
from services.sources.queue import Visit

TOO_MANY_WORDS = "54000"
"""PostgreSQL's code when a search vector would be over a megabyte."""


SEEN = (
    SourceEntry.guid_digest,
    SourceEntry.entry_digest,
    SourceEntry.story_digest,
    SourceEntry.news_id,
    SourceEntry.is_origin,
)
"""What is remembered of an entry that was seen."""


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


def without_new_versions(
    visit: Visit, fresh: Sequence[Arrival], known: Mapping[str, Any], stored: Stored
) -> list[Arrival]:
    """Let stories follow articles that came back under another guid, and return the others."""
    places = {one.url_digest for one in fresh if one.url_digest}
    if not places:
        return list(fresh)
    rows = db.session.execute(
        select(*SEEN, SourceEntry.url_digest).where(
            SourceEntry.source_id == visit.id,
            SourceEntry.user_id == visit.user_id,
            SourceEntry.url_digest.in_(places),
            SourceEntry.guid_digest.not_in(known),
            SourceEntry.is_origin,
        )
    )
    earlier = {row.url_digest: row for row in rows}
    left = []
    for one in fresh:
        seen = earlier.pop(one.url_digest, None)
        if seen is None:
            left.append(one)
        else:
            stored.changed += _carry_over(visit, one.entry, one.key, seen)
    return left


def _carry_over(visit: Visit, entry: Entry, key: str, seen: Any) -> bool:
    """Let a story follow an entry of its article that has another guid now; say whether it did.

    Some feeds count the versions of an article in its guid. `key` is the digest of the new one;
    the old one must be gone from the feed, or the two would take turns.
    """
    followed = seen.entry_digest != entry_digest(entry) and follow(visit, entry, seen)
    db.session.execute(
        update(SourceEntry)
        .where(SourceEntry.source_id == visit.id, SourceEntry.guid_digest == seen.guid_digest)
        .values(guid_digest=key)
    )
    return followed
