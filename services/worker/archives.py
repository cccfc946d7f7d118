"""Making archives and bringing them in, beside narrating: one at a time, in a thread of its own."""

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError

import scope
from config import settings as site_settings
from errors import AppError, StorageError
from extensions import db
from models import ArchiveKind
from queries import objects as object_queries
from services import media, usage
from services.archive import work
from services.archive.report import Report
from services.storage import ARCHIVES, new_key, open_storage
from services.usage import Action
from services.worker import archive_queue, transaction
from services.worker.archive_queue import Task
from services.worker.lease import Lost, Stopping
from services.worker.patience import LONGEST, SHORTEST, is_away, pause

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two looks for a request."""
TELL_EVERY = 1.0
_NO_ROOM = "This site has no room left on its disk to do that. Whoever runs it can make some."
_UNPLANNED = "Something went wrong with this. It has been logged; nothing was half done."


class Hold:
    """A worker's hold on a request; a thread keeps it while the work goes on."""

    def __init__(self, task: Task, stopping: Callable[[], bool]) -> None:
        self._task = task
        self._stopping = stopping
        self._now: tuple[str, float] = ("", 0.0)
        self._lost = threading.Event()
        self._done = threading.Event()
        self._app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> "Hold":
        """Begin to tell that somebody is at it."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop telling."""
        self._done.set()
        self._thread.join(10)

    def tell(self, stage: str, progress: float) -> None:
        """Note how far it is, to be told in a moment.

        Raises:
            Stopping: the worker was asked to stop.
            Lost: the request was taken back, or is over.
        """
        self._now = (stage, progress)
        if self._lost.is_set():
            raise Lost
        if self._stopping():
            raise Stopping

    def about_to_put(self, keys: Sequence[str]) -> None:
        """Note objects before they are put, in a transaction of their own.

        Raises:
            Lost: the request is no longer ours.
        """
        with scope.acting(scope.WORKER):
            held = archive_queue.about_to_put(self._task, keys)
            db.session.commit()
        if not held:
            raise Lost

    def kept(self, report: dict[str, Any], reached: dict[str, Any]) -> None:
        """Note how far it is, in the transaction that is open.

        Whoever took the request over has changed its row first, so that rows which name objects
        they may have removed are never committed.

        Raises:
            Lost: the request is no longer ours.
        """
        if not archive_queue.kept(self._task, report, reached):
            raise Lost

    def commit(self) -> None:
        """End the transaction of a batch."""
        db.session.commit()

    def _keep(self) -> None:
        told: tuple[str, float] | None = None
        last = 0.0
        with self._app.app_context():
            while not self._done.wait(0.25):
                silent = time.monotonic() - last
                every = TELL_EVERY if self._now != told else site_settings().narration_heartbeat
                if silent < every:
                    continue
                last, told = time.monotonic(), self._now
                try:
                    with transaction():
                        held = archive_queue.beat(self._task, *told)
                except DBAPIError as error:
                    log.warning("no heartbeat for archive %s: %s", self._task.id, type(error))
                    continue
                if not held:
                    self._lost.set()
                    return


def serve(app: Flask, stopping: Callable[[], bool]) -> threading.Thread:
    """Work on requests in a thread until asked to stop; return the thread."""

    def rounds() -> None:
        wait = SHORTEST
        while not stopping():
            with app.app_context():
                try:
                    busy = do_next(stopping) is not None
                    wait = SHORTEST
                except DBAPIError as error:
                    log.warning("requests for archives can't be read: %s", type(error).__name__)
                    wait, busy = min(2 * wait, LONGEST), False
                except Exception:
                    log.exception("something nobody planned for kept an archive waiting")
                    busy = False
            if not busy:
                pause(max(POLL, wait), stopping)

    thread = threading.Thread(target=rounds, name="archives", daemon=True)
    thread.start()
    return thread


def do_next(stopping: Callable[[], bool] = lambda: False) -> UUID | None:
    """Take back what dead workers held, then work on one request; None when there is none.

    Raises:
        DBAPIError: the database is away.
    """
    with transaction():
        taken_back = archive_queue.take_back()
    if taken_back:
        log.warning("took back %d archives of workers that fell silent", taken_back)
    with transaction():
        task = archive_queue.claim()
    if task is None:
        return None
    perform(task, stopping)
    return task.id


def perform(task: Task, stopping: Callable[[], bool] = lambda: False) -> None:
    """Carry a claimed request to its end.

    Raises:
        DBAPIError: the database is away; another worker takes it back.
    """
    began = time.monotonic()
    try:
        remove_left(task)
        with (
            Hold(task, stopping) as hold,
            tempfile.TemporaryDirectory(dir=work.working_folder()) as name,
        ):
            path = Path(name) / work.NAME
            if task.kind is ArchiveKind.EXPORT:
                _export(task, path, hold)
            else:
                _import(task, path, hold)
        end = "completed"
    except Stopping:
        with transaction():
            archive_queue.hand_back(task)
        end = "handed back"
    except Lost:
        end = "lost"
    except Exception as error:
        if is_away(error):
            raise
        with transaction():
            archive_queue.fail(task, _words(task, error))
        end = "failed"
    taken = round(time.monotonic() - began, 2)
    log.info("%s %s %s in %s s", task.kind, task.id, end, taken)


def remove_left(task: Task) -> None:
    """Remove objects that an attempt has put whose rows never came.

    The claim has changed the request's row by now, so that those rows can't come any more.
    """
    if not task.put_keys:
        return
    with transaction():
        used = object_queries.keys_in_use(task.put_keys)
    media.delete_objects(open_storage(), set(task.put_keys) - used)


def _export(task: Task, path: Path, hold: Hold) -> None:
    counts = work.make(task.user_id, path, hold)
    size = path.stat().st_size
    hold.tell("Storing the archive", 0.95)
    key = new_key(ARCHIVES, "zip")
    hold.about_to_put([key])
    try:
        open_storage().put(key, path, "application/zip")
        with transaction():
            if not archive_queue.complete(task, counts, key, size):
                raise Lost
            told = {"file": "archive", "bytes": size}
            usage.record(task.user_id, Action.EXPORTED, sum(counts.values()), metadata=told)
    except DBAPIError:
        raise  # whoever takes it over finds the key
    except BaseException:
        media.delete_objects(open_storage(), [key])
        raise


def _import(task: Task, path: Path, hold: Hold) -> None:
    if not work.has_room(task.byte_size):
        raise StorageError(_NO_ROOM)
    work.fetch(task.storage_key, path, hold)
    report = work.bring_in(task.user_id, path, hold, Report(task.report), task.reached)
    with transaction():
        if not archive_queue.complete(task, report.told(), None, task.byte_size):
            raise Lost


def _words(task: Task, error: Exception) -> str:
    if isinstance(error, AppError):
        log.warning("%s %s: %s", task.kind, task.id, error)
        return str(error)
    if isinstance(error, OSError):
        log.error("%s %s: %s", task.kind, task.id, error.strerror)
        return _NO_ROOM
    log.error("%s %s failed in a way nobody planned for", task.kind, task.id, exc_info=error)
    return _UNPLANNED
