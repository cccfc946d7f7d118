"""Making briefings, in a thread of its own beside the narrations that they wait for."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from errors import AppError, LimitReached, StorageError
from models import BriefingState
from queries import briefings as briefing_queries
from services import narration
from services.briefings import queue
from services.briefings.queue import Job
from services.narration import Wish
from services.voices.errors import VoiceNotFound
from services.worker import transaction
from services.worker.episodes import Gone, tell
from services.worker.patience import LONGEST, SHORTEST

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks for briefings that are due."""
AGE = timedelta(days=1)
"""How old a story may be."""
STORAGE_WAIT = timedelta(seconds=30)
NOTHING = "No unread story came in within the last day that you have not heard in a briefing yet."
UNPLANNED = "Something went wrong with this briefing. It has been logged."


class Briefer:
    """Looks after briefings until it is stopped."""

    def __init__(self) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="briefings")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End; what is under way after so many seconds is taken up by another worker."""
        self._stopped.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        wait = SHORTEST
        with self._app.app_context():
            while not self._stopped.is_set():
                try:
                    found = tend(self._stopped.is_set)
                    wait = SHORTEST
                except DBAPIError as error:
                    log.warning("briefings can't be read: %s", type(error).__name__)
                    found = False
                    self._stopped.wait(wait)
                    wait = min(2 * wait, LONGEST)
                if not found:
                    self._stopped.wait(POLL)


def tend(stopping: Callable[[], bool] = lambda: False) -> bool:
    """Begin what is due and look after one briefing; False when there was nothing to do.

    Raises:
        DBAPIError: the database is away.
    """
    with transaction():
        begun = queue.begin_due()
        job = queue.claim()
    if job is None:
        return begun is not None
    try:
        _look_after(job, stopping)
    except Gone:
        log.info("briefing %s is left to another worker", job.id)
    except DBAPIError:
        raise
    except StorageError as error:
        _try_again(job, error)
    except AppError as error:
        _end(job, BriefingState.FAILED, str(error))
    except Exception:
        log.exception("briefing %s failed in a way nobody planned for", job.id)
        _end(job, BriefingState.FAILED, UNPLANNED)
    return True


def drain(stopping: Callable[[], bool] = lambda: False) -> None:
    """Look after briefings until each waits for something or is done.

    Raises:
        DBAPIError: the database is away.
    """
    while not stopping() and tend(stopping):
        pass


def _look_after(job: Job, stopping: Callable[[], bool]) -> None:
    if not job.news_ids:
        _gather(job)
        return
    with transaction():
        unfinished = briefing_queries.count_unfinished(job.user_id, job.news_ids)
        if unfinished and not job.overdue:
            queue.look_again(job)
            return
    tell(job, stopping)


def _gather(job: Job) -> None:
    """Choose the stories, and ask for the narrations that they lack."""
    with transaction(job.user_id):
        chosen = briefing_queries.stories_to_tell(job.user_id, job.stories, AGE)
        had = briefing_queries.narrated(job.user_id, chosen)
    if not chosen:
        _end(job, BriefingState.NOTHING, NOTHING)
        return
    kept, notes = [], []
    limit: LimitReached | None = None
    for news_id in chosen:
        try:
            if news_id not in had:
                if limit:
                    continue
                _ask(job, news_id)
            kept.append(news_id)
        except LimitReached as error:
            limit = error
            notes.append(str(error))
        except AppError as error:
            notes.append(str(error))
    note = " ".join(dict.fromkeys(notes))
    if len(kept) < len(chosen):
        left = len(chosen) - len(kept)
        note = f"{left} {'story was' if left == 1 else 'stories were'} left out. {note}"
    if not kept:
        _end(job, BriefingState.FAILED, note)
        return
    with transaction():
        queue.look_again(job, news_ids=kept, note=note)


def _ask(job: Job, news_id: UUID) -> None:
    """Ask for a narration in the reader's name and within their plan."""
    try:
        with transaction(job.user_id):
            narration.ask(job.user_id, news_id, Wish(voice_id=job.voice_id))
    except VoiceNotFound:
        # The voice has gone from this site since it was chosen: better another one than silence.
        with transaction(job.user_id):
            narration.ask(job.user_id, news_id, Wish())


def _try_again(job: Job, error: StorageError) -> None:
    """Let storage have time to come back, as long as narrations are waited for."""
    if job.overdue:
        _end(job, BriefingState.FAILED, str(error))
        return
    log.warning("briefing %s waits for storage: %s", job.id, error)
    with transaction():
        queue.look_again(job, STORAGE_WAIT)


def _end(job: Job, state: BriefingState, note: str) -> None:
    with transaction():
        queue.finish(job, state, note)
    log.info("briefing %s: %s", job.id, state)
