"""The worker's rounds: take back, claim, work, wait."""

import logging
from collections.abc import Callable
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from services.worker import queue, transaction
from services.worker.chores import all_chores, do_due
from services.worker.doorbell import Doorbell
from services.worker.patience import LONGEST, SHORTEST, pause
from services.worker.queue import Job
from services.worker.work import End, perform

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks when nobody rings: for retries that fall due, and dead workers."""


def serve(doorbell: Doorbell) -> None:
    """Work until somebody asks for the end. A database that is away is waited for."""
    chores = all_chores()
    wait = SHORTEST
    while not doorbell.stopping():
        try:
            job = next_job()
        except DBAPIError as error:
            log.warning("the queue can't be read: %s", type(error).__name__)
            pause(wait, doorbell.stopping)
            wait = min(2 * wait, LONGEST)
            continue
        wait = SHORTEST
        if job is not None:
            perform(job, doorbell.stopping)
        else:
            do_due(chores)
            doorbell.wait(POLL)


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
    with transaction():
        taken_back = queue.take_back()
    if taken_back:
        log.warning("took back %d narrations of workers that fell silent", taken_back)
    with transaction():
        return queue.claim()
