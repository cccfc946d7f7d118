"""Plain functions that put rows into the database; what matters to a test is an argument.

Each commits, which inside a test's transaction releases a savepoint, so that requests and the
test never share an open one.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from extensions import db
from models import (
    AudioTrack,
    MediaAsset,
    NewsStory,
    Plan,
    Role,
    Subscription,
    SubscriptionStatus,
    User,
)
from services import passwords

PASSWORD = "correct horse battery"
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_numbers = count(1)


@cache
def _hashed() -> str:
    return passwords.hash_password(PASSWORD)


def _keep(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def make_user(email: str | None = None, role: Role = Role.READER, **columns: Any) -> User:
    """Make a person who signs in with PASSWORD, with a free subscription."""
    user: User = _keep(
        User(
            email=email or f"reader{next(_numbers)}@earshot.test",
            role=role,
            password_hash=_hashed(),
            **columns,
        )
    )
    _keep(
        Subscription(
            user_id=user.id, plan=Plan.FREE, status=SubscriptionStatus.ACTIVE, start_date=START
        )
    )
    return user


def make_story(owner: User, headline: str = "Rain at noon", **columns: Any) -> NewsStory:
    """Make a story; each is a minute newer than the one before."""
    columns.setdefault("content", "It rained at noon.")
    columns.setdefault("created_at", START + timedelta(minutes=next(_numbers)))
    story: NewsStory = _keep(NewsStory(user_id=owner.id, headline=headline, **columns))
    return story


def make_asset(
    owner: User, story: NewsStory | None = None, type: str = "image", **columns: Any
) -> MediaAsset:
    """Make the row of an image or a sound; nothing is stored for it."""
    columns.setdefault("url", "http://localhost/object")
    columns.setdefault("created_at", START + timedelta(minutes=next(_numbers)))
    asset: MediaAsset = _keep(
        MediaAsset(user_id=owner.id, news_id=story.id if story else None, type=type, **columns)
    )
    return asset


def make_track(owner: User, story: NewsStory | None = None, **columns: Any) -> AudioTrack:
    """Make the row of a narration; nothing is stored for it."""
    columns.setdefault("url", "http://localhost/object.mp3")
    columns.setdefault("text", "It rained at noon.")
    columns.setdefault("duration", 2.5)
    columns.setdefault("created_at", START + timedelta(minutes=next(_numbers)))
    track: AudioTrack = _keep(
        AudioTrack(user_id=owner.id, news_id=story.id if story else None, **columns)
    )
    return track
