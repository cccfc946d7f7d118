"""Joining a briefing's narrations and keeping the sound: its object first, then all of its rows."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert

from config import settings as site_settings
from errors import StorageError
from extensions import db
from models import AudioTrack, BriefingState
from queries import briefings as briefing_queries
from queries.briefings import Part
from services import alignment, plans, tracks
from services.alignment import Grade, Verdict
from services.briefings import queue
from services.briefings.episode import Episode, join
from services.briefings.queue import Job
from services.encoding import CONTENT_TYPE
from services.storage import AUDIO, new_key, open_storage
from services.worker import transaction
from services.worker.keeping import write_times
from services.worker.work import working_folder

log = logging.getLogger(__name__)

SILENT = "None of its stories could be read aloud. Their pages tell why."


class Gone(Exception):
    """The briefing is no longer ours, or the worker has to stop."""


def tell(job: Job, stopping: Callable[[], bool]) -> None:
    """Join what there is of a briefing's narrations into its sound, and end it.

    Raises:
        Gone: nothing of it was kept.
        StorageError: storage does not answer.
        LimitReached: the reader's plan has no room for it.
        DBAPIError: the database refuses it, or is away.
    """
    with transaction():
        parts = briefing_queries.parts_of(job.user_id, job.news_ids)
        if not parts:
            queue.finish(job, BriefingState.FAILED, job.note or SILENT)
            return

    def tick() -> None:
        if stopping():
            raise Gone
        with transaction():
            if not queue.hold(job):
                raise Gone

    with working_folder() as folder:
        episode = join(parts, folder, open_storage(), tick)
        if episode is None:
            with transaction():
                queue.finish(job, BriefingState.FAILED, SILENT)
            return
        _keep(job, episode)
    log.info("briefing %s: %d stories, %g s", job.id, len(episode.told), episode.sound.duration)


def _keep(job: Job, episode: Episode) -> None:
    storage, path = open_storage(), episode.sound.path
    size = path.stat().st_size
    with transaction():
        plans.check_storage(job.user_id, size)
    key, track_id = new_key(AUDIO, "mp3"), uuid4()
    try:
        storage.put(key, path, CONTENT_TYPE)
        _record(job, track_id, key, storage.url(key), size, episode)
    except BaseException:
        _remove(key)
        raise
    if size <= site_settings().cache_audio_bytes:
        tracks.remember(track_id, path.read_bytes())


def _record(
    job: Job,
    track_id: UUID,
    key: str,
    url: str,
    size: int,
    episode: Episode,
) -> None:
    """Write the track, its times and the briefing's end, all or nothing."""
    words = episode.alignment.text
    verdict = alignment.check(episode.alignment, words, episode.sound.duration)
    with transaction():
        db.session.execute(
            insert(AudioTrack).values(
                id=track_id,
                user_id=job.user_id,
                url=url,
                storage_key=key,
                text=words,
                duration=episode.sound.duration,
                content_type=CONTENT_TYPE,
                byte_size=size,
                metadata_=_metadata(job, episode, verdict),
                chosen_at=func.clock_timestamp(),
            )
        )
        plans.check_storage(job.user_id, size, stored=True)
        if verdict.grade is not Grade.UNUSABLE:
            write_times(track_id, episode.alignment, None)
        told = [part.news_id for part in episode.told]
        note = _note(job, len(told))
        if not queue.finish(job, BriefingState.DONE, note, track_id=track_id, news_ids=told):
            raise Gone


def _metadata(job: Job, episode: Episode, verdict: Verdict) -> dict[str, Any]:
    """Return what a track says of itself; the voice is the one that reads most of its stories."""
    known = Counter((_of(part, "voiceId"), _of(part, "voiceName")) for part in episode.told)
    (voice_id, voice_name), _ = known.most_common(1)[0]
    others = len(known) - 1
    return {
        "kind": briefing_queries.KIND,
        "title": f"Briefing, {job.day:%A} {job.day.day} {job.day:%B %Y}",
        "chapters": episode.chapters,
        "voiceId": voice_id,
        "voiceName": f"{voice_name or voice_id} and others" if others else voice_name or voice_id,
        "peaks": episode.sound.peaks,
        "alignment_basis": episode.alignment.basis.value,
        "alignment_grade": verdict.grade.value,
        "alignment_reasons": list(verdict.reasons),
    }


def _of(part: Part, name: str) -> str:
    return str(part.metadata.get(name) or "")


def _note(job: Job, told: int) -> str:
    """Say what is missing, if anything is."""
    late = len(job.news_ids) - told
    if not late:
        return job.note
    many = "1 story is" if late == 1 else f"{late} stories are"
    return f"{job.note} {many} missing, whose narration failed or was not done in time.".strip()


def _remove(key: str) -> None:
    try:
        open_storage().delete(key)
    except StorageError as error:
        log.warning("%s is left to the sweep: %s", key, error)
