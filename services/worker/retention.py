"""Making months of usage ahead, and forgetting what is older than the settings say.

Each step is a short transaction that never waits long for anybody, and that nobody waits long
for: what is in use just now is left for the next time.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError

from config import settings as site_settings
from errors import Conflict
from extensions import db
from models import AuditEntry
from services.worker import transaction

log = logging.getLogger(__name__)
Result = TypeVar("Result")

ROWS_AT_ONCE = 1_000
PAUSE = 0.5
_LOCK_NOT_AVAILABLE = "55P03"


class InUse(Conflict):
    """Somebody was reading or writing usage metrics at each try."""

    def __init__(self) -> None:
        super().__init__(
            "The usage metrics are in use without a break. Nothing was changed; try again later."
        )


def first_month_kept(today: date | None = None) -> date | None:
    """Return the first day of the oldest month of usage that is kept; None when all are."""
    months = site_settings().usage_retention_months
    today = today or datetime.now(UTC).date()
    if not months:
        return None
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(max(year, 1), month + 1, 1)


def make_months(months: int, tries: int = 1) -> int:
    """Make so many months of `usage_metrics`, this one included; return how many were missing.

    Raises:
        InUse: nobody let go of the table for long enough.
    """
    today = datetime.now(UTC).date()

    def make() -> int:
        return int(db.session.scalar(select(func.make_usage_partitions(today, months))) or 0)

    return _step(make, tries)


def drop_months(tries: int = 1) -> list[str]:
    """Drop the months of usage that are too old, one by one; return their names.

    Raises:
        InUse: nobody let go of the table for long enough; what was dropped before is gone.
    """
    keep_from = first_month_kept()
    dropped: list[str] = []
    if keep_from is None:
        return dropped

    def drop() -> str | None:
        return db.session.scalar(select(func.drop_usage_month(keep_from)))

    while name := _step(drop, tries):
        log.info("dropped %s", name)
        dropped.append(name)
    return dropped


def delete_old_usage(most: int | None = None) -> int:
    """Delete old rows that have no month of their own, at most about `most`; return how many."""
    keep_from = first_month_kept()
    if keep_from is None:
        return 0

    def remove() -> int:
        deleted = select(func.delete_old_usage(keep_from, ROWS_AT_ONCE))
        return int(db.session.scalar(deleted) or 0)

    return _by_and_by(remove, most)


def forget_audit(most: int | None = None) -> int:
    """Delete entries of the audit log that are too old, at most about `most`; return how many."""
    days = site_settings().audit_retention_days
    if not days:
        return 0
    old = (
        select(AuditEntry.id)
        .where(AuditEntry.created_at < func.now() - timedelta(days=days))
        .order_by(AuditEntry.created_at)
        .limit(ROWS_AT_ONCE)
    )

    def remove() -> int:
        gone = delete(AuditEntry).where(AuditEntry.id.in_(old)).returning(AuditEntry.id)
        return len(db.session.scalars(gone.execution_options(synchronize_session=False)).all())

    return _by_and_by(remove, most)


def _by_and_by(remove: Callable[[], int], most: int | None) -> int:
    """Remove in batches until nothing is left to remove, or enough was."""
    total = 0
    while most is None or total < most:
        count = _step(remove, 1)
        total += count
        if count < ROWS_AT_ONCE:
            break
    return total


def _step(work: Callable[[], Result], tries: int) -> Result:
    """Do one step in a transaction of its own; a table in use is tried again, holding nothing."""
    for left in reversed(range(tries)):
        try:
            with transaction():
                return work()
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                raise
            if left:
                time.sleep(PAUSE)
    raise InUse
