"""Entries made into stories: each once, however often and from wherever it comes.

Belongs into a transaction in the name of the reader. What the reader changed is theirs from then
on, and what they deleted does not come back.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import OperationalError

from extensions import db
from models import MediaAsset, MediaType, NewsStory, SourceEntry
from services import usage
from services.feeds.canonical import digest, digest_of_address
from services.feeds.model import Attached, Entry
from services.sources.allowance import room_for_stories
from services.sources.arrival import Arrival, Stored
from services.sources.following import (
    SEEN,
    TOO_MANY_WORDS,
    entry_digest,
    follow,
    story_digest,
    without_new_versions,
)
from services.sources.queue import Visit

log = logging.getLogger(__name__)

SHORTENED = 40_000
"""Characters of a text with too many different words to be searched as a whole."""


def unseen(visit: Visit, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that have not been seen in this source."""
    known = _known(visit, [digest(entry.guid) for entry in entries])
    return [entry for entry in entries if digest(entry.guid) not in known]


def store(visit: Visit, entries: Sequence[Entry], full_texts: Mapping[str, str]) -> Stored:
    """Write what a visit brought; `full_texts` are fuller contents, by guid.

    Readers' sources are stored one after another, so that two which bring the same article at
    once make one story of it.
    """
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"arrivals:{visit.user_id}"},
    )
    stored = Stored()
    known = _known(visit, [digest(entry.guid) for entry in entries])
    fresh: list[Arrival] = []
    for entry in entries:
        key = digest(entry.guid)
        if key not in known:
            where = digest_of_address(entry.url) if entry.url else None
            fresh.append(Arrival(entry, key, where))
        elif known[key].entry_digest != entry_digest(entry):
            stored.changed += follow(visit, entry, known[key])
    fresh = without_new_versions(visit, fresh, known, stored)
    elsewhere = _elsewhere(visit, fresh)
    wanted = _wanted(visit, fresh, elsewhere, stored)
    made = _make(visit, wanted, full_texts)
    _note_seen(visit, fresh, wanted, made, elsewhere, stored)
    stored.new = [made[one.key] for one in wanted if one.key in made]
    if stored.new:
        usage.record(visit.user_id, "arrived", len(stored.new))
    return stored


def _known(visit: Visit, keys: Sequence[str]) -> dict[str, Any]:
    rows = db.session.execute(
        select(*SEEN).where(SourceEntry.source_id == visit.id, SourceEntry.guid_digest.in_(keys))
    )
    return {row.guid_digest: row for row in rows}


def _elsewhere(visit: Visit, fresh: Sequence[Arrival]) -> dict[str, UUID | None]:
    """Return the stories that other entries with the same addresses have become."""
    digests = {one.url_digest for one in fresh if one.url_digest}
    rows = db.session.execute(
        select(SourceEntry.url_digest, SourceEntry.news_id)
        .where(SourceEntry.user_id == visit.user_id, SourceEntry.url_digest.in_(digests))
        .order_by(SourceEntry.news_id.is_not(None))
    )
    return {row.url_digest: row.news_id for row in rows}


def _wanted(
    visit: Visit,
    fresh: Sequence[Arrival],
    elsewhere: Mapping[str, UUID | None],
    stored: Stored,
) -> list[Arrival]:
    """Choose the arrivals that become stories: the newest, each address once."""
    addresses: set[str] = set()
    wanted = []
    for one in fresh:
        if one.url_digest in elsewhere or one.url_digest in addresses:
            continue
        if one.url_digest:
            addresses.add(one.url_digest)
        wanted.append(one)
    wanted = wanted[: visit.keep_last] if visit.keep_last else wanted
    room = room_for_stories(visit.user_id) if wanted else None
    if room is not None and room < len(wanted):
        stored.left_out = len(wanted) - room
        wanted = wanted[:room]
    return wanted


def _make(
    visit: Visit, wanted: Sequence[Arrival], full_texts: Mapping[str, str]
) -> dict[str, UUID]:
    """Insert stories and return their ids by the arrivals' keys.

    One whose address the reader keeps already is left out.
    """
    now = datetime.now(UTC)
    ids = {one.key: uuid4() for one in wanted}
    rows = []
    for place, one in enumerate(wanted):
        entry = one.entry
        # The first visit brings what was published long ago; that belongs among its days.
        when = min(entry.published_at or now, now) if visit.is_first else now
        # Apart from each other, and not before: what has only a day would be of the one before.
        moment = when + timedelta(microseconds=len(wanted) - place)
        rows.append(
            {
                "id": ids[one.key],
                "user_id": visit.user_id,
                "headline": entry.headline,
                "content": full_texts.get(entry.guid) or entry.content,
                "source_url": entry.url,
                "published_at": entry.published_at,
                "created_at": moment,
                # So that it does not seem to have been changed since.
                "updated_at": moment,
                "source_id": visit.id,
                "metadata_": {"author": entry.author} if entry.author else {},
            }
        )
    there = _insert(rows)
    made = {key: news_id for key, news_id in ids.items() if news_id in there}
    _attach(visit, [(made[one.key], one.entry.attached) for one in wanted if one.key in made])
    return made


def _insert(rows: list[dict[str, Any]]) -> set[UUID]:
    """Insert stories and return the ids of those that are there now."""
    if not rows:
        return set()
    statement = (
        upsert(NewsStory)
        .on_conflict_do_nothing(
            index_elements=[NewsStory.user_id, func.md5(NewsStory.source_url)],
            index_where=NewsStory.source_url.is_not(None),
        )
        .returning(NewsStory.id)
    )
    try:
        with db.session.begin_nested():
            # A date that nobody told is none, not the moment that is the column's default.
            told = {"render_nulls": True}
            return set(db.session.scalars(statement, rows, execution_options=told))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != TOO_MANY_WORDS:
            raise
    if len(rows) == 1:
        # Too many different words for one search vector.
        [row] = rows
        if len(row["content"]) <= SHORTENED:
            log.warning("an entry of source %s can't be kept", row["source_id"])
            return set()
        return _insert([row | {"content": row["content"][:SHORTENED].rstrip("\\") + "…"}])
    middle = len(rows) // 2
    return _insert(rows[:middle]) | _insert(rows[middle:])


def _attach(visit: Visit, pairs: Iterable[tuple[UUID, tuple[Attached, ...]]]) -> None:
    """Note pictures and recordings where they are; nothing of them is stored yet."""
    rows = [
        {
            "user_id": visit.user_id,
            "news_id": news_id,
            "type": MediaType(one.kind),
            "arrived": True,
            "url": one.url,
            "content_type": one.content_type or None,
            "title": one.title,
            "metadata_": {"remote_size": one.length} if one.length else {},
        }
        for news_id, attached in pairs
        for one in attached
    ]
    if rows:
        db.session.execute(insert(MediaAsset).values(created_at=func.clock_timestamp()), rows)


def _note_seen(
    visit: Visit,
    fresh: Sequence[Arrival],
    wanted: Sequence[Arrival],
    made: Mapping[str, UUID],
    elsewhere: Mapping[str, UUID | None],
    stored: Stored,
) -> None:
    """Remember what was seen, and which story it is."""
    stories = dict(elsewhere)
    stories |= {
        one.url_digest: made[one.key] for one in wanted if one.key in made and one.url_digest
    }
    kept_by_hand = _by_address(visit, [one.entry.url for one in wanted if one.key not in made])
    full = stored.left_out > 0
    texts = _texts(list(made.values()))
    rows = []
    for one in fresh:
        is_origin = one.key in made
        news_id = made.get(one.key) or stories.get(one.url_digest or "")
        news_id = news_id or kept_by_hand.get(one.entry.url or "")
        if full and not is_origin and news_id is None and one.url_digest not in elsewhere:
            continue  # it comes when there is room
        stored.seen_elsewhere += not is_origin and news_id is not None
        rows.append(
            {
                "source_id": visit.id,
                "guid_digest": one.key,
                "user_id": visit.user_id,
                "url_digest": one.url_digest,
                "news_id": news_id,
                "is_origin": is_origin,
                "entry_digest": entry_digest(one.entry),
                "story_digest": texts.get(news_id, "") if is_origin and news_id else "",
            }
        )
    if rows:
        db.session.execute(upsert(SourceEntry).on_conflict_do_nothing(), rows)


def _by_address(visit: Visit, addresses: Sequence[str | None]) -> dict[str, UUID]:
    digests = [func.md5(one) for one in addresses if one]
    if not digests:
        return {}
    rows = db.session.execute(
        select(NewsStory.source_url, NewsStory.id).where(
            NewsStory.user_id == visit.user_id, func.md5(NewsStory.source_url).in_(digests)
        )
    )
    return {row.source_url: row.id for row in rows}


def _texts(ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = db.session.execute(
        select(NewsStory.id, NewsStory.headline, NewsStory.content).where(NewsStory.id.in_(ids))
    )
    return {row.id: story_digest(row.headline, row.content) for row in rows}
