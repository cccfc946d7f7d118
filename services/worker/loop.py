"""The worker's rounds: take back, claim, work, wait."""

import logging
import threading
import time
from collections.abc import Callable
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from config import settings as site_settings
from services.worker import archives, queue, transaction
from services.worker.arrivals import Arrivals
from services.worker.briefings import Briefer
from services.worker.chores import all_chores, do_due
from services.worker.doorbell import Doorbell
from services.worker.media_keeper import Keeper
from services.worker.patience import LONGEST, SHORTEST, pause
from services.worker.queue import Job
from services.worker.work import End, perform

log = logging.getLogger(__name__)

PATIENCE = 8.0
"""Seconds that a worker which was asked to stop waits for its jobs to be handed back."""
ARRIVALS_PATIENCE = 1.0
"""Likewise for visits, briefings and files, which lose nothing when they are cut short."""
POLL = 1.0
"""Seconds between two looks when nobody rings: for retries that fall due, and dead workers."""


def serve(doorbell: Doorbell) -> None:
    """Work until somebody asks for the end. A database that is away is waited for.

    Jobs are carried by threads, so that one is stored while another is spoken; the voices are
    other processes. Sources are visited, briefings made and files from elsewhere fetched beside
    them, by threads of their own.
    """
    chores = all_chores()
    hands = Hands(site_settings().narrations_at_once, doorbell)
    arrivals = Arrivals()
    arrivals.start()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    archivist = archives.serve(app, doorbell.stopping)
    briefer = Briefer()
    briefer.start()
    keeper = Keeper()
    keeper.start()
    wait, look = SHORTEST, 0.0
    while not doorbell.stopping():
        do_due(chores)
        try:
            if time.monotonic() >= look:
                take_back()
                look = time.monotonic() + POLL
            job = claim() if hands.free else None
        except DBAPIError as error:
            log.warning("the queue can't be read: %s", type(error).__name__)
            pause(wait, doorbell.stopping)
            wait = min(2 * wait, LONGEST)
            continue
        wait = SHORTEST
        if job is not None:
            hands.take(job)
        else:
            doorbell.wait(POLL)
    hands.join(PATIENCE)
    arrivals.stop(ARRIVALS_PATIENCE)
    archivist.join(PATIENCE)
    briefer.stop(ARRIVALS_PATIENCE)
    keeper.stop(ARRIVALS_PATIENCE)


class Hands:
    """Threads that carry one job each."""

    def __init__(self, count: int, doorbell: Doorbell) -> None:
        self._count = count
        self._doorbell = doorbell
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._busy = 0
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    @property
    def free(self) -> bool:
        """Say whether another job can be taken."""
        with self._lock:
            return self._busy < self._count

    def take(self, job: Job) -> None:
        """Carry a job to its end, in a thread that rings when it is there."""
        with self._lock:
            self._busy += 1
        thread = threading.Thread(target=self._carry, args=(job,), daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def join(self, seconds: float) -> None:
        """Wait until every job has come to its end, but not for ever."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _carry(self, job: Job) -> None:
        try:
            with self._app.app_context():
                perform(job, self._doorbell.stopping)
        finally:
            with self._lock:
                self._busy -= 1
            self._doorbell.ring()


def drain(stopping: Callable[[], bool] = lambda: False) -> int:
    """Work until nothing is due, and return how many jobs that were.

    Raises:
        DBAPIError: the database is away.
    """
    count = 0
    while not stopping() and (job := next_job()):
        perform(job, stopping)
        count += 1
    return count


def do_now(generation_id: UUID) -> End | None:
    """Narrate one attempt here and now, or return None when another worker has it."""
    with transaction():
        job = queue.claim(generation_id)
    return perform(job) if job else None


def next_job() -> Job | None:
    """Take back what dead workers held, then claim the next job.

    Raises:
        DBAPIError: the database is away.
    """
    take_back()
    return claim()


def take_back() -> None:
    """Put what dead workers held back into the queue."""
    with transaction():
        taken_back = queue.take_back()
    if taken_back:
        log.warning("took back %d narrations of workers that fell silent", taken_back)


def claim() -> Job | None:
    """Claim the next job, or return None when none is due."""
    with transaction():
        return queue.claim()
