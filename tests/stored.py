"""Rows whose objects are really stored."""

from typing import Any

from models import AudioTrack, NewsStory, User
from services.storage import AUDIO, new_key, open_storage
from tests.factories import make_track

SOUND = bytes(range(256)) * 1000
"""256,000 bytes in which every part can be told from its neighbours."""


def store(data: bytes = SOUND, kind: str = AUDIO, extension: str = "mp3") -> str:
    """Store an object and return its key."""
    key = new_key(kind, extension)
    open_storage().put(key, data, "audio/mpeg")
    return key


def make_stored_track(
    owner: User, story: NewsStory | None = None, data: bytes = SOUND, **columns: Any
) -> AudioTrack:
    """Make a narration with its sound."""
    columns.setdefault("byte_size", len(data))
    return make_track(owner, story, storage_key=store(data), **columns)
