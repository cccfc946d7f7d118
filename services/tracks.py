"""The sounds of narrations: fetched through the cache, and taken away."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete as delete_rows

from config import settings
from errors import StorageError
from extensions import cache, db
from models import AudioTrack
from queries.audio import Sound
from services.caching import HOUR
from services.storage import open_storage
from services.storage.objects import CHUNK

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeletedTrack:
    """What is left of a narration whose row is gone."""

    id: UUID
    storage_key: str | None


def read(sound: Sound, start: int, length: int) -> Iterable[bytes]:
    """Return a part of a sound, from the cache if it is there or fits in.

    Only for a sound that was looked up for its reader: the cache doesn't ask who wants it.

    Raises:
        ObjectMissing: there is a row, but no object.
        StorageError: storage does not answer.
    """
    if not sound.storage_key:
        raise StorageError("That sound is not stored here.")
    storage = open_storage()
    limit = settings().cache_audio_bytes
    if sound.byte_size > limit:
        return storage.open(sound.storage_key, start, length)
    data = cache.get(cache_key(sound.id))
    if not isinstance(data, bytes) or len(data) < start + length:
        with storage.open(sound.storage_key) as body:
            if body.length > limit:
                return storage.open(sound.storage_key, start, length)
            data = body.read()
        if len(data) < start + length:
            raise StorageError("A stored file is shorter than it should be.")
        remember(sound.id, data)
    return _in_chunks(data[start : start + length])


def remember(track_id: UUID, data: bytes) -> None:
    """Keep a sound's bytes for an hour, unless they are too many."""
    if len(data) <= settings().cache_audio_bytes:
        cache.set(cache_key(track_id), data, timeout=HOUR)


def delete(user_id: UUID, track_id: UUID) -> DeletedTrack | None:
    """Delete a narration's row, or return None when the reader has no such narration.

    The caller commits, and only then calls `discard`: a row never points at nothing.
    """
    row = db.session.execute(
        delete_rows(AudioTrack)
        .where(AudioTrack.user_id == user_id, AudioTrack.id == track_id)
        .returning(AudioTrack.id, AudioTrack.storage_key)
    ).one_or_none()
    return DeletedTrack(*row) if row else None


def delete_of_story(user_id: UUID, news_id: UUID) -> list[DeletedTrack]:
    """Delete the rows of a story's narrations. The caller commits, and then calls `discard`."""
    rows = db.session.execute(
        delete_rows(AudioTrack)
        .where(AudioTrack.user_id == user_id, AudioTrack.news_id == news_id)
        .returning(AudioTrack.id, AudioTrack.storage_key)
    )
    return [DeletedTrack(*row) for row in rows]


def discard(deleted: Iterable[DeletedTrack]) -> None:
    """Remove the sounds of deleted narrations; what can't be removed is left to the sweep."""
    for track in deleted:
        cache.delete(cache_key(track.id))
        if track.storage_key:
            try:
                open_storage().delete(track.storage_key)
            except StorageError as error:
                log.warning("%s is left to the sweep: %s", track.storage_key, error)


def cache_key(track_id: UUID) -> str:
    """Return the name that a track's bytes have in the cache."""
    return f"audio:{track_id}"


def _in_chunks(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), CHUNK):
        yield data[at : at + CHUNK]
