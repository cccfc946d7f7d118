"""Keeping a finished narration: its object first, then all of its rows in one transaction.

Before the object is put, its key is noted with the attempt. Whatever happens then, either a
track names the object or somebody finds the key and removes it.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from psycopg.errors import ForeignKeyViolation
from sqlalchemy import ARRAY, ColumnElement, Double, Text, cast, func, insert, literal, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from config import settings as site_settings
from errors import StorageError
from extensions import db
from models import AudioAlignment, AudioTrack, MediaAsset, MediaType
from services import plans, tracks, usage
from services.alignment import Alignment, Grade, Verdict
from services.storage import AUDIO, Storage, new_key, open_storage
from services.usage import Action
from services.voices import Speech
from services.worker import queue, transaction
from services.worker.lease import Lease, Lost, Stopping
from services.worker.patience import insist, is_away
from services.worker.queue import Job

log = logging.getLogger(__name__)

EXTENSIONS = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/wav": "wav"}
PUT_WAITS = (0.1, 0.5)
"""Before the second and third try to put an object, in units of `narration_backoff`.

To have it spoken again may cost money, so that storage gets more than one chance.
"""


def keep(
    job: Job,
    speech: Speech,
    text: str,
    verdict: Verdict,
    lease: Lease,
    stopping: Callable[[], bool],
) -> UUID:
    """Store a narration with all its rows and return the track's id; or keep nothing of it.

    Raises:
        Lost: the job is no longer ours, or its story is gone.
        Stopping: the worker was asked to stop.
        StorageError: storage does not take it.
        LimitReached: the reader's plan has no room for it.
        DBAPIError: the database refuses it, or is away while the worker has to stop.
    """
    storage = open_storage()
    key = new_key(AUDIO, EXTENSIONS.get(speech.content_type, ""))
    track_id = uuid4()
    insist(lambda: _check_room(job, speech), stopping)
    insist(lambda: lease.begin_storing(key), stopping)
    try:
        _put(storage, key, speech, lease)
        insist(
            lambda: _record(job, track_id, storage.url(key), key, speech, text, verdict), stopping
        )
    except Stopping:
        raise  # the next worker finds the key
    except DBAPIError as error:
        if not is_away(error):
            remove_object(job.id, key)
        raise
    except BaseException:
        remove_object(job.id, key)
        raise
    if speech.path.stat().st_size <= site_settings().cache_audio_bytes:
        tracks.remember(track_id, speech.path.read_bytes())
    return track_id


def remove_object(generation_id: UUID, key: str) -> bool:
    """Remove what an attempt left in storage; False when storage or database are away.

    Then the key stays noted, for who comes after.
    """
    try:
        open_storage().delete(key)
        with transaction():
            queue.forget_object(generation_id, key)
    except (StorageError, DBAPIError) as error:
        log.warning("%s is left for later: %s", key, type(error).__name__)
        return False
    return True


def _check_room(job: Job, speech: Speech) -> None:
    """Refuse a sound that its reader's plan has no room for, before it is put anywhere."""
    assert job.user_id is not None
    with transaction():
        plans.check_storage(job.user_id, speech.path.stat().st_size)


def _put(storage: Storage, key: str, speech: Speech, lease: Lease) -> None:
    for wait in (*PUT_WAITS, None):
        try:
            lease.wait_for(lambda: storage.put(key, speech.path, speech.content_type))
            return
        except StorageError as error:
            if wait is None:
                raise
            log.warning("storage did not take %s: %s", key, error)
            lease.pause(wait * site_settings().narration_backoff)


def _record(
    job: Job, track_id: UUID, url: str, key: str, speech: Speech, text: str, verdict: Verdict
) -> None:
    """Write track, alignment, media asset, usage and the attempt's end, all or nothing.

    Doing it twice is the same as doing it once.
    """
    assert job.user_id is not None
    metadata = _metadata(job, speech, verdict)
    size = speech.path.stat().st_size
    try:
        with transaction():
            if db.session.scalar(select(AudioTrack.id).where(AudioTrack.id == track_id)):
                return
            db.session.execute(
                insert(AudioTrack).values(
                    id=track_id,
                    user_id=job.user_id,
                    news_id=job.news_id,
                    url=url,
                    storage_key=key,
                    text=text,
                    duration=speech.duration,
                    content_type=speech.content_type,
                    byte_size=size,
                    metadata_=metadata,
                    chosen_at=func.clock_timestamp(),
                )
            )
            plans.check_storage(job.user_id, size, stored=True)
            if verdict.grade is not Grade.UNUSABLE:
                write_times(track_id, speech.alignment, speech.normalized)
            db.session.execute(
                insert(MediaAsset).values(
                    user_id=job.user_id,
                    news_id=job.news_id,
                    type=MediaType.AUDIO,
                    url=url,
                    track_id=track_id,
                    content_type=speech.content_type,
                    title=f"Read by {metadata['voiceName']}",
                    metadata_={"duration": speech.duration, "peaks": speech.peaks},
                )
            )
            told = {"voice": job.voice_id, "model": speech.model_id}
            usage.record(job.user_id, Action.NARRATED, speech.characters, job.news_id, told)
            if not queue.complete(job, track_id, speech.characters, speech.request_id):
                raise Lost
    except IntegrityError as error:
        if isinstance(error.orig, ForeignKeyViolation):
            raise Lost from error
        raise


def write_times(track_id: UUID, alignment: Alignment, normalized: Alignment | None) -> None:
    """Write the times down.

    Each array travels as one string: to make arrays of its items one by one takes the driver
    as long as all the other rows of a narration together.
    """
    db.session.execute(
        insert(AudioAlignment).values(
            track_id=track_id,
            characters=func.string_to_array(alignment.text, None),
            start_times=_array(alignment.start_times),
            end_times=_array(alignment.end_times),
            normalized=asdict(normalized) if normalized else None,
        )
    )


def _array(times: list[float]) -> ColumnElement[Any]:
    """Return numbers as an array that PostgreSQL reads from text; no digit is lost."""
    written = literal("{" + ",".join(map(repr, times)) + "}", Text)
    return cast(written, ARRAY(Double))


def _metadata(job: Job, speech: Speech, verdict: Verdict) -> dict[str, Any]:
    return (
        {"voiceName": job.voice_id}
        | speech.metadata
        | job.settings
        | {
            "voiceId": job.voice_id,
            "modelId": speech.model_id,
            "characters": speech.characters,
            "peaks": speech.peaks,
            "alignment_basis": speech.alignment.basis.value,
            "alignment_grade": verdict.grade.value,
            "alignment_reasons": list(verdict.reasons),
        }
    )
