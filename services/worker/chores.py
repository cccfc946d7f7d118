"""What is to be done now and then, beside narrating."""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import text

from config import settings as site_settings
from extensions import db
from services import (
    account_deletion,
    account_tokens,
    idempotency,
    subscription_imports,
    subscriptions,
    throttle,
)
from services.archive import work as archiving
from services.sources import queue as source_queue
from services.storage import open_storage
from services.storage.sweep import remove_unfinished
from services.worker import archive_queue, queue, retention, transaction
from services.worker.keeping import remove_object
from services.worker.work import FOLDER

log = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0
MONTHS_AHEAD = 4
FORGOTTEN_AT_ONCE = 20_000
"""Rows in one round, so that stories which wait to be narrated don't wait for it."""
FORGOTTEN = 24 * HOUR
"""Age of a half-made sound whose worker must be dead."""


@dataclass
class Chore:
    """Something to do every so many seconds; the first time soon after the start."""

    name: str
    every: float
    work: Callable[[], None]
    due: float = field(default_factory=time.monotonic)


def all_chores() -> list[Chore]:
    """Return what this worker looks after."""
    return [
        Chore("objects left behind", MINUTE, remove_leftovers),
        Chore("months of usage ahead", HOUR, make_months),
        Chore("what is too old to keep", 10 * MINUTE, forget_old),
        Chore("days of usage", HOUR, fold_usage),
        Chore("old counters and links", HOUR, sweep_accounts),
        Chore("expired subscriptions", MINUTE, expire_subscriptions),
        Chore("requests done a day ago", HOUR, sweep_requests),
        Chore("files of subscriptions", HOUR, sweep_imports),
        Chore("files of deleted accounts", MINUTE, remove_abandoned),
        Chore("hosts without sources", HOUR, forget_hosts),
        Chore("archives whose time is over", 10 * MINUTE, expire_archives),
        Chore("unfinished files", HOUR, remove_unfinished_files),
    ]


def do_due(chores: list[Chore]) -> None:
    """Do what is due; one that fails is told and done again at its next time."""
    for chore in chores:
        if time.monotonic() < chore.due:
            continue
        chore.due = time.monotonic() + chore.every
        try:
            chore.work()
        except Exception:
            log.warning("could not look after: %s", chore.name, exc_info=True)


def remove_leftovers() -> None:
    """Remove objects of attempts that ended while their worker was storing them."""
    with transaction():
        found = queue.leftovers()
    for generation_id, key in found:
        remove_object(generation_id, key)


def make_months() -> None:
    """Make the coming months of `usage_metrics`."""
    made = retention.make_months(MONTHS_AHEAD)
    if made:
        log.info("made %d months of usage_metrics", made)


def forget_old() -> None:
    """Forget usage and audit entries beyond the retention settings, some at a time."""
    rows = retention.forget_audit(FORGOTTEN_AT_ONCE)
    rows += retention.delete_old_usage(FORGOTTEN_AT_ONCE)
    months = retention.drop_months()
    if rows or months:
        log.info("forgot %d old rows and %d months", rows, len(months))


def fold_usage() -> None:
    """Add up what was noted of the same person, day and action, so that charts read less."""
    with transaction():
        db.session.scalar(text("SELECT fold_usage_daily()"))


def sweep_accounts() -> None:
    """Remove counters whose window is over, and links long dead."""
    with transaction():
        throttle.sweep()
        account_tokens.sweep()


def sweep_requests() -> None:
    """Forget what was answered to requests with a key, after a day."""
    with transaction():
        idempotency.sweep()


def expire_subscriptions() -> None:
    """Write down which subscriptions have expired; everybody has gone by that already."""
    with transaction():
        expired = subscriptions.expire()
    if expired:
        log.info("%d subscriptions have expired", expired)


def sweep_imports() -> None:
    """Remove files of subscriptions that nobody came back to."""
    with transaction():
        subscription_imports.sweep()


def remove_abandoned() -> None:
    """Remove the objects that deleted accounts left, until there are none or storage fails."""
    while True:
        with transaction():
            objects = account_deletion.abandoned()
        gone = account_deletion.remove_abandoned(objects)
        with transaction():
            account_deletion.forget(gone)
        if not gone:
            return


def forget_hosts() -> None:
    """Forget hosts that no source is at any more."""
    with transaction():
        source_queue.forget_hosts()


def expire_archives() -> None:
    """Forget archives whose time is over; their files go with the abandoned ones."""
    with transaction():
        expired = archive_queue.expire()
    if expired:
        log.info("%d archives have expired", expired)


def remove_unfinished_files() -> None:
    """Remove what interrupted uploads and dead workers left half made."""
    remove_unfinished(open_storage())
    limit = time.time() - FORGOTTEN
    for name in (FOLDER, archiving.FOLDER):
        parent = site_settings().folder / name
        for folder in parent.iterdir() if parent.is_dir() else ():
            if folder.is_dir() and folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
