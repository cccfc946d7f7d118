"""Holding a job: saying that one is still at it, and noticing that one must stop."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from config import settings as site_settings
from models import GenerationStage
from services.worker import queue, transaction
from services.worker.queue import Job

log = logging.getLogger(__name__)
Result = TypeVar("Result")

TELL_EVERY = 1.0
"""Seconds between two beats while the share spoken grows, for who watches it."""
TICK = 0.25
PATIENCE = 60.0


class Stopping(Exception):
    """The worker was asked to stop."""


class Lost(Exception):
    """The job is no longer ours: cancelled, deleted, or taken over."""


class Lease:
    """One worker's hold on one job; `tick` is to be called several times a second."""

    def __init__(self, job: Job, stopping: Callable[[], bool]) -> None:
        self._job = job
        self._stopping = stopping
        self._stage = GenerationStage.SPEAKING
        self._progress = 0.0
        self._key = job.storage_key
        self._told: tuple[GenerationStage, float] = (self._stage, 0.0)
        self._last = time.monotonic()

    def tick(self, progress: float | None = None) -> None:
        """Note the share of the text spoken; tell the database when it is time to.

        A database that is away is no reason to stop: who finishes is decided at the end.

        Raises:
            Stopping: the worker was asked to stop.
            Lost: the job is no longer ours.
        """
        if self._stopping():
            raise Stopping
        if progress is not None:
            self._progress = min(1.0, max(self._progress, progress))
        silent = time.monotonic() - self._last
        news = self._told != (self._stage, self._progress)
        if silent < (TELL_EVERY if news else site_settings().narration_heartbeat):
            return
        try:
            self._beat()
        except DBAPIError as error:
            log.warning("no heartbeat for narration %s: %s", self._job.id, type(error).__name__)
            self._last = time.monotonic()

    def begin_storing(self, key: str) -> None:
        """Say where the sound is about to be put.

        Raises:
            Lost: the job is no longer ours.
            DBAPIError: the database is away.
        """
        self._stage, self._progress, self._key = GenerationStage.STORING, 1.0, key
        self._beat()

    def wait_for(self, work: Callable[[], Result]) -> Result:
        """Do something that may take long in a thread, and hold the job meanwhile.

        Raises:
            Stopping: it goes on in its thread until the process ends.
            Lost: the job is no longer ours.
        """
        results: list[Result] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                results.append(work())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(TICK)
            try:
                self.tick()
            except Lost:
                thread.join(PATIENCE)  # what it leaves is removed next
                raise
        if errors:
            raise errors[0]
        return results[0]

    def pause(self, seconds: float) -> None:
        """Wait, and hold the job meanwhile.

        Raises:
            Stopping, Lost: see `tick`.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(TICK, left))
            self.tick()

    def _beat(self) -> None:
        with transaction():
            held = queue.beat(self._job, self._stage, self._progress, self._key)
        self._last = time.monotonic()
        self._told = (self._stage, self._progress)
        if not held:
            raise Lost
