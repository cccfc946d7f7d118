"""Visiting sources, in threads of their own beside the narrations."""

import contextlib
import logging
import threading
from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

from config import settings as site_settings
from services.sources import queue, visiting
from services.sources.queue import Visit
from services.worker import transaction
from services.worker.patience import LONGEST, SHORTEST

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks for sources that are due."""


class Arrivals:
    """Claims sources as they fall due, and visits a few at a time.

    As few connections to the database as threads are used, and each only for moments.
    """

    def __init__(self) -> None:
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._stopped = threading.Event()
        self._free = threading.BoundedSemaphore(site_settings().fetches_at_once)
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._under_way: dict[threading.Thread, Visit] = {}
        self._thread = threading.Thread(target=self._run, daemon=True, name="arrivals")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End, and hand back what is still under way after so many seconds."""
        self._stopped.set()
        self._done.set()
        self._thread.join(seconds)
        with self._lock:
            threads = dict(self._under_way)
        for thread in threads:
            thread.join(seconds / max(1, len(threads)))
        for thread, visit in threads.items():
            if thread.is_alive():
                with contextlib.suppress(DBAPIError), transaction():
                    queue.hand_back(visit)
                    queue.free_host(visit.host)

    def _run(self) -> None:
        wait = SHORTEST
        with self._app.app_context():
            while not self._stopped.is_set():
                if not self._free.acquire(timeout=POLL):
                    continue
                try:
                    visit = _next() if not self._stopped.is_set() else None
                    wait = SHORTEST
                except DBAPIError as error:
                    log.warning("sources can't be read: %s", type(error).__name__)
                    visit = None
                    self._stopped.wait(wait)
                    wait = min(2 * wait, LONGEST)
                if visit is None:
                    self._free.release()
                    self._done.wait(POLL)
                    self._done.clear()
                else:
                    self._carry(visit)

    def _carry(self, visit: Visit) -> None:
        def run() -> None:
            try:
                with self._app.app_context():
                    visiting.perform(visit, self._stopped.is_set)
            finally:
                with self._lock:
                    self._under_way.pop(threading.current_thread(), None)
                self._free.release()
                self._done.set()

        thread = threading.Thread(target=run, daemon=True, name="visit")
        with self._lock:
            self._under_way[thread] = visit
        thread.start()


def drain(stopping: Callable[[], bool] = lambda: False) -> int:
    """Visit sources until none is due, and return how many those were.

    Raises:
        DBAPIError: the database is away.
    """
    count = 0
    while not stopping() and (visit := _next()):
        visiting.perform(visit, stopping)
        count += 1
    return count


def _next() -> Visit | None:
    with transaction():
        return queue.claim()
