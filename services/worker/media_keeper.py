"""Fetching what readers want kept, in threads of their own beside the narrations."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from config import settings as site_settings
from errors import AppError, NotFound, StorageError
from models import MediaType
from queries import objects as object_queries
from queries.media import find_asset
from services import keeping_media, media, plans
from services.keeping_media import Keys
from services.storage import open_storage
from services.worker import media_queue, transaction
from services.worker.lease import Lost, Stopping
from services.worker.media_queue import Job
from services.worker.patience import LONGEST, SHORTEST, is_away

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Files."""
SOUNDS_AT_ONCE = 2
"""Of these recordings, so that a picture never waits for an hour of sound; of one reader only one,
so that nobody's slow ones keep all others waiting."""
POLL = 1.0
"""Seconds between two looks for files that are wanted."""
TRIES = 3
STORAGE_WAIT = timedelta(seconds=20)
DEAD_WORDS = "It stopped again and again without a reason. Ask whoever runs the site to look."
UNPLANNED = "Something went wrong with this file. It has been logged."


class Keeper:
    """Claims files whose turn it is, and holds them while a few threads fetch them."""

    def __init__(self) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._stopped = threading.Event()
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._under_way: dict[threading.Thread, tuple[Job, threading.Event]] = {}
        self._held_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, daemon=True, name="keeper")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, and hand back what is still under way after so many seconds."""
        self._stopped.set()
        self._done.set()
        end = time.monotonic() + seconds
        self._thread.join(seconds)
        for thread, (job, _) in self._jobs().items():
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                with contextlib.suppress(DBAPIError), transaction():
                    media_queue.hand_back(job)

    def _run(self) -> None:
        wait = SHORTEST
        with self._app.app_context():
            while not self._stopped.is_set():
                try:
                    self._hold()
                    job = self._next()
                    wait = SHORTEST
                except DBAPIError as error:
                    log.warning("files to be kept can't be read: %s", type(error).__name__)
                    job = None
                    self._stopped.wait(wait)
                    wait = min(2 * wait, LONGEST)
                except Exception:
                    log.exception("something nobody planned for keeps files waiting")
                    job = None
                if job is not None:
                    self._carry(job)
                else:
                    self._done.wait(min(POLL, site_settings().narration_heartbeat))
                    self._done.clear()

    def _jobs(self) -> dict[threading.Thread, tuple[Job, threading.Event]]:
        with self._lock:
            return dict(self._under_way)

    def _next(self) -> Job | None:
        jobs = [job for job, _ in self._jobs().values()]
        if len(jobs) >= AT_ONCE:
            return None
        hearing = {job.user_id for job in jobs if job.kind is MediaType.AUDIO}
        if len(hearing) >= SOUNDS_AT_ONCE:
            return _claim(pictures_only=True)
        return _claim(no_sounds_of=hearing)

    def _hold(self) -> None:
        """Say that the threads are still at it, and tell those that hold their file no more."""
        jobs = self._jobs().values()
        if not jobs or time.monotonic() - self._held_at < site_settings().narration_heartbeat:
            return
        with transaction():
            held = media_queue.hold([job for job, _ in jobs])
        self._held_at = time.monotonic()
        for job, lost in jobs:
            if job.media_id not in held:
                lost.set()

    def _carry(self, job: Job) -> None:
        lost = threading.Event()

        def run() -> None:
            try:
                with self._app.app_context():
                    perform(job, self._stopped.is_set, lost.is_set)
            finally:
                with self._lock:
                    self._under_way.pop(threading.current_thread(), None)
                self._done.set()

        thread = threading.Thread(target=run, daemon=True, name="keep")
        with self._lock:
            self._under_way[thread] = (job, lost)
        thread.start()


def drain(stopping: Callable[[], bool] = lambda: False) -> int:
    """Fetch until nothing is due, and return how many files that were.

    Raises:
        DBAPIError: the database is away.
    """
    count = 0
    while not stopping() and (job := _claim()):
        perform(job, stopping)
        count += 1
    return count


def _claim(*, pictures_only: bool = False, no_sounds_of: Collection[UUID] = ()) -> Job | None:
    with transaction():
        return media_queue.claim(pictures_only=pictures_only, no_sounds_of=no_sounds_of)


def perform(
    job: Job,
    stopping: Callable[[], bool] = lambda: False,
    lost: Callable[[], bool] = lambda: False,
) -> None:
    """Carry a claimed file to its end. Only Python's own exits come out of this."""
    began = time.monotonic()
    try:
        end = _ended_by(job, stopping, lost)
    except DBAPIError as error:
        end = f"left to another worker: {type(error).__name__}"
    log.info("file %s to be kept: %s, %.2f s", job.media_id, end, time.monotonic() - began)


def _ended_by(job: Job, stopping: Callable[[], bool], lost: Callable[[], bool]) -> str:
    def watch() -> None:
        if lost():
            raise Lost
        if stopping():
            raise Stopping

    try:
        _keep(job, watch)
    except (Lost, NotFound):
        return "lost"  # taken over, or deleted, and its row with it
    except Stopping:
        with transaction():
            media_queue.hand_back(job)
        return "handed back"
    except AppError as error:
        return _failed(job, error)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("file %s could not be kept in a way nobody planned for", job.media_id)
        return _failed(job, AppError(UNPLANNED))
    return "kept"


def _failed(job: Job, error: AppError) -> str:
    """Give a file up with a reason; storage that is away has time to come back."""
    again = isinstance(error, StorageError) and job.tries < TRIES
    with transaction():
        if again:
            media_queue.later(job, STORAGE_WAIT)
        else:
            media_queue.fail(job, str(error))
    return f"{'to be tried again' if again else 'failed'}: {error}"


def _keep(job: Job, watch: Callable[[], None]) -> None:
    _remove_left(job)
    if job.tries > TRIES:
        raise AppError(DEAD_WORDS)
    with transaction(job.user_id):
        asset = find_asset(job.user_id, job.media_id)
        if asset is None:
            raise Lost
        if asset.stored:
            media_queue.done(job)
            return
        plans.check_storage(job.user_id, 1)
    storage = open_storage()
    with keeping_media.fetched(asset, watch) as prepared, media.batch(storage) as batch:
        watch()
        taken = prepared.byte_size + len(prepared.thumbnail or b"")
        with transaction(job.user_id):
            plans.check_storage(job.user_id, taken)
        keys = Keys.of(prepared)
        with transaction():
            if not media_queue.about_to_put(job, keys.all):
                raise Lost
        keeping_media.put(batch, keys, prepared)
        url = storage.url(keys.file)
        with transaction(job.user_id):
            replaced = keeping_media.keep(job.user_id, asset, keys, prepared, url)
            if not media_queue.done(job):
                raise Lost
    media.delete_objects(storage, replaced)


def _remove_left(job: Job) -> None:
    """Remove objects that an attempt has put whose row never came.

    The claim has changed the row by now, so that it can't come any more.
    """
    if job.put_keys:
        with transaction():
            used = object_queries.keys_in_use(job.put_keys)
        media.delete_objects(open_storage(), set(job.put_keys) - used)
