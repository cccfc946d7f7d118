"""Readers who keep something of everything, and archives of it."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import text

import scope
from extensions import db
from models import (
    AudioAlignment,
    AudioGeneration,
    PlaybackPosition,
    StoryTag,
    Tag,
    UsageMetric,
    User,
)
from services import media
from services.archive import work
from services.archive.report import Report
from services.archive.tables import restored_tables
from services.storage import open_storage
from services.uploads import Limits, examine
from tests import samples
from tests.factories import START, make_asset, make_story, make_user
from tests.stored import make_stored_track

LIMITS = Limits(10**7, 10**7, 10**7)


class Alone:
    """A hold that nobody contests; it notes what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.keys: list[str] = []

    def tell(self, stage: str, progress: float) -> None:
        """Note it."""
        self.told.append((stage, progress))

    def about_to_put(self, keys: Sequence[str]) -> None:
        """Note them."""
        self.keys = list(keys)

    def kept(self, report: dict[str, Any], reached: dict[str, Any]) -> None:
        """Need nothing."""

    def commit(self) -> None:
        """Commit as the worker does."""
        db.session.commit()


def furnish(owner: User, stories: int = 3) -> None:
    """Give somebody stories with pictures, narrations and all that goes with them."""
    tag = Tag(user_id=owner.id, name="Weather")
    db.session.add(tag)
    db.session.flush()
    for number in range(stories):
        story = make_story(
            owner,
            f"Régen – №{number}",
            content=f"It *rained*.\n\nStory {number}: “yes” \\ 🌧",
            source_url=f"https://news.test/{number}",
            published_at=START - timedelta(days=number, microseconds=number),
            metadata_={"n": number, "nested": {"pi": 3.141592653589793}},
            read_at=START if number % 2 else None,
            starred_at=START if number == 0 else None,
            archived_at=START if number == 2 else None,
        )
        db.session.add(StoryTag(news_id=story.id, tag_id=tag.id, user_id=owner.id))
        store_picture(owner.id, story.id, f"{number}.png")
        track = make_stored_track(
            owner, story, samples.sound("MP3"), text="Hi!", metadata_={"voiceId": "espeak:en"}
        )
        times = [0.0, 0.1 + 1 / 3, 0.7]
        db.session.add(
            AudioAlignment(
                track_id=track.id,
                characters=list("Hi!"),
                start_times=times,
                end_times=[t + 0.2 for t in times],
            )
        )
        make_asset(owner, story, "audio", track_id=track.id, url=track.url)
        db.session.add(
            AudioGeneration(
                user_id=owner.id,
                news_id=story.id,
                track_id=track.id,
                voice_id="espeak:en",
                model_id="espeak",
                status="completed",
                charged=3,
                charged_period=START.date(),
                text="Hi!",
            )
        )
        db.session.add(
            PlaybackPosition(
                user_id=owner.id, track_id=track.id, seconds=0.25, version=3, device="Firefox"
            )
        )
        db.session.add(UsageMetric(user_id=owner.id, action="played", news_id=story.id))
    make_asset(owner, None, url="https://elsewhere.test/a.png", title="Far away")
    db.session.commit()


def store_picture(user_id: UUID, news_id: UUID | None, name: str) -> UUID:
    """Upload a picture as anybody does."""
    prepared = examine(BytesIO(samples.photo()), name, LIMITS)
    with media.batch(open_storage()) as files:
        media_id = files.store(user_id, prepared, news_id)
        db.session.commit()
    return media_id


def somebody(app: Flask, stories: int = 0) -> UUID:
    """Make a reader in an app of its own; return the id."""
    with app.app_context():
        scope.enter(scope.OWNER)
        owner = make_user()
        if stories:
            furnish(owner, stories)
        return owner.id


def exported(app: Flask, user_id: UUID, path: Path) -> Path:
    """Write everything of a reader to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with app.app_context():
        work.make(user_id, path, Alone())
    return path


def imported(app: Flask, user_id: UUID, path: Path) -> dict[str, Any]:
    """Bring an archive in; return what became of it."""
    with app.app_context():
        return work.bring_in(user_id, path, Alone(), Report(), {}).told()


CHANGES = {"user_id", "url", "storage_key", "thumbnail_key", "charged", "charged_period", "search"}
"""Columns that are another's on another site."""


def holdings(app: Flask, user_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Return every row of a reader that travels, with the bytes of its objects."""
    found: dict[str, list[dict[str, Any]]] = {}
    with app.app_context():
        scope.enter(scope.OWNER)
        storage = open_storage()
        for table in restored_tables():
            mine = f"user_id = '{user_id}'"
            if table.through:
                mine = f"track_id IN (SELECT id FROM audio_tracks WHERE {mine})"
            statement = text(f"SELECT to_jsonb(t) FROM {table.name} t WHERE {mine}")
            rows = [dict(row) for row in db.session.scalars(statement)]
            for row in rows:
                for column in ("storage_key", "thumbnail_key"):
                    key = row.get(column)
                    row[f"{column} bytes"] = storage.open(key).read() if key else None
                kept_elsewhere = not row.get("storage_key") and not row.get("track_id")
                if "url" in row and kept_elsewhere:
                    row["address"] = row["url"]
                for column in CHANGES:
                    row.pop(column, None)
            found[table.name] = sorted(rows, key=str)
        db.session.rollback()
    return found


def every_object(app: Flask) -> set[str]:
    """Return the keys of all objects there are."""
    with app.app_context():
        return {entry.key for entry in open_storage().list()}


def named_objects(app: Flask) -> set[str]:
    """Return the keys of all objects that a row names."""
    from queries.objects import every_key

    with app.app_context():
        scope.enter(scope.OWNER)
        keys = set(every_key())
        db.session.rollback()
        return keys
