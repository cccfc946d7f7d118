"""What is to be done now and then, beside narrating."""

import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import text

from config import settings as site_settings
from extensions import db
from services import account_tokens, throttle
from services.sources import queue as source_queue
from services.storage import open_storage
from services.storage.sweep import remove_unfinished
from services.worker import queue, transaction
from services.worker.keeping import remove_object
from services.worker.work import FOLDER

log = logging.getLogger(__name__)

MINUTE, HOUR = 60.0, 3600.0
MONTHS_AHEAD = 4
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
        Chore("old counters and links", HOUR, sweep_accounts),
        Chore("hosts without sources", HOUR, forget_hosts),
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
    with transaction():
        made = db.session.scalar(
            text("SELECT make_usage_partitions((now() AT TIME ZONE 'UTC')::date, :months)"),
            {"months": MONTHS_AHEAD},
        )
    if made:
        log.info("made %d months of usage_metrics", made)


def sweep_accounts() -> None:
    """Remove counters whose window is over, and links long dead."""
    with transaction():
        throttle.sweep()
        account_tokens.sweep()


def forget_hosts() -> None:
    """Forget hosts that no source is at any more."""
    with transaction():
        source_queue.forget_hosts()


def remove_unfinished_files() -> None:
    """Remove what interrupted uploads and dead workers left half made."""
    remove_unfinished(open_storage())
    limit = time.time() - FORGOTTEN
    parent = site_settings().folder / FOLDER
    for folder in parent.iterdir() if parent.is_dir() else ():
        if folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)
