"""One job from its claim to its end."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from config import settings as site_settings
from errors import AppError, StorageError
from services import alignment, spoken_text, voice_choice, voices
from services.alignment import Verdict
from services.voices import Speech, SpeechRequest
from services.voices.errors import VoiceError
from services.worker import queue, transaction
from services.worker.keeping import keep, remove_object
from services.worker.lease import Lease, Lost, Stopping
from services.worker.patience import insist, is_away
from services.worker.queue import Job

log = logging.getLogger(__name__)

OURS = {"speed", "language", "voiceName", "digest", "source", "source_at"}
"""Settings of an attempt that are not the provider's."""
FOLDER = "narrating"
"""Below `data_dir`: sounds that are being made."""


class End(StrEnum):
    """How a worker's part in a job ended."""

    COMPLETED = "completed"
    AGAIN = "again"
    """Put back for a later try."""
    FAILED = "failed"
    HANDED_BACK = "handed back"
    LOST = "lost"
    """Cancelled, deleted or taken over; nothing of it was kept."""
    ABANDONED = "abandoned"
    """The database is away and the worker has to stop; another one takes it back."""


def perform(job: Job, stopping: Callable[[], bool] = lambda: False) -> End:
    """Carry a claimed job to its end. Only Python's own exits come out of this."""
    began = time.monotonic()
    try:
        end = _ended_by(job, stopping)
    except DBAPIError as error:
        log.warning("narration %s is left to another worker: %s", job.id, type(error).__name__)
        end = End.ABANDONED
    taken = round(time.monotonic() - began, 2)
    words = "narration %s %s: %s, %d characters, %s s"
    log.info(words, job.id, end, job.voice_id, len(job.text), taken)
    return end


def _ended_by(job: Job, stopping: Callable[[], bool]) -> End:
    """Do the work and put down how it ended."""
    try:
        _narrate(job, stopping)
        return End.COMPLETED
    except Stopping:
        with transaction():
            queue.hand_back(job)
        return End.HANDED_BACK
    except Lost:
        # If it is still ours in the queue, its story went away behind our back.
        gone = Trouble("The story was deleted.", "story_gone", permanent=True)
        _note(job, gone, stopping)
        return End.LOST
    except Exception as error:
        if is_away(error):
            raise
        return _note(job, _trouble(job, error), stopping)


def _narrate(job: Job, stopping: Callable[[], bool]) -> None:
    if job.user_id is None or job.news_id is None:
        raise Lost
    if job.storage_key and not remove_object(job.id, job.storage_key):
        raise StorageError("Storage is not answering right now.")
    lease = Lease(job, stopping)
    with working_folder() as folder:
        speech, text, verdict = _speak(job, folder, lease)
        keep(job, speech, text, verdict, lease, stopping)


def _speak(job: Job, folder: Path, lease: Lease) -> tuple[Speech, str, Verdict]:
    """Have it spoken, and judge how far its times can be trusted. No transaction is open."""
    text = spoken_text.clean(job.text)
    voice = voices.find(job.voice_id, voice_choice.voice_settings())
    speed = job.settings.get("speed", 1.0)
    request = SpeechRequest(
        text=text,
        voice_id=job.voice_id,
        speed=float(speed) if isinstance(speed, int | float) else 1.0,
        language=str(job.settings.get("language") or ""),
        model_id=job.model_id,
        settings={name: value for name, value in job.settings.items() if name not in OURS},
    )
    speech = voice.speak(request, folder, lease.tick)
    return speech, text, alignment.check(speech.alignment, text, speech.duration)


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for one sound that is being made."""
    parent = site_settings().folder / FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as name:
        yield Path(name)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a try failed: words for the reader, a code for machines, and whether to try again."""

    words: str
    code: str
    permanent: bool = False
    wait: float | None = None
    """Seconds that the provider asked for."""


def _trouble(job: Job, error: Exception) -> Trouble:
    if isinstance(error, VoiceError):
        log.warning("narration %s: %s %s", job.id, error.code, error.detail)
        return Trouble(str(error), error.code, error.permanent, error.retry_after)
    if isinstance(error, StorageError):
        return Trouble(str(error), "storage")
    if isinstance(error, AppError):
        return Trouble(str(error), "refused", permanent=True)
    log.error("narration %s failed in a way nobody planned for", job.id, exc_info=error)
    return Trouble("Something went wrong with this narration. It has been logged.", "unplanned")


def _note(job: Job, trouble: Trouble, stopping: Callable[[], bool]) -> End:
    """Put down why a try failed, as soon as the database takes it."""

    def change() -> bool:
        with transaction():
            if trouble.permanent:
                return queue.fail(job, trouble.words, trouble.code)
            return queue.retry_later(job, trouble.words, trouble.code, trouble.wait)

    if not insist(change, stopping):
        return End.LOST
    last = trouble.permanent or job.failures >= len(queue.WAITS)
    return End.FAILED if last else End.AGAIN
