"""How often somebody may try: counted in the database, so that all processes agree."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from errors import TooMany
from extensions import db
from models import Throttle

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries one subject has within a window that starts with its first try."""

    name: str
    tries: int
    window: timedelta = QUARTER

    def of(self, subject: str) -> "Counter":
        """Return the counter of `subject`, an e-mail address or a client's."""
        # A digest, because people type passwords where the address belongs.
        digest = hashlib.sha256(subject.strip().casefold().encode()).hexdigest()
        return Counter(f"{self.name}:{digest}", self.tries, self.window)


@dataclass(frozen=True, slots=True)
class Counter:
    """One row of `throttles`, and the limit it is held to."""

    key: str
    tries: int
    window: timedelta


def client_name(address: str | None) -> str:
    """Return what stands for a client: its IPv4 address, or its IPv6 network of 64 bits.

    One home or server usually has a whole such network to itself.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def spend(*counters: Counter) -> None:
    """Count one try on each counter, in one statement.

    Commit before the try itself, so that many tries at once are all counted and none waits
    for another's row. Give counters in the same order everywhere: the rows are locked in it.

    Raises:
        TooMany: a counter is used up; says how long to wait. Roll back.
    """
    statement = insert(Throttle).values(
        [
            {"key": one.key, "tries": 1, "window_ends_at": func.now() + one.window}
            for one in counters
        ]
    )
    over = Throttle.window_ends_at <= func.now()
    statement = statement.on_conflict_do_update(
        index_elements=[Throttle.key],
        set_={
            "tries": case((over, 1), else_=Throttle.tries + 1),
            "window_ends_at": case(
                (over, statement.excluded.window_ends_at), else_=Throttle.window_ends_at
            ),
        },
    )
    counted = db.session.execute(
        statement.returning(Throttle.key, Throttle.tries, Throttle.window_ends_at)
    )
    limits = {one.key: one.tries for one in counters}
    waits = [row.window_ends_at for row in counted if row.tries > limits[row.key]]
    if waits:
        raise _too_many(max(waits))


def give_back(counter: Counter) -> None:
    """Take back one counted try, because it was a good one."""
    db.session.execute(
        update(Throttle)
        .where(Throttle.key == counter.key, Throttle.tries > 0)
        .values(tries=Throttle.tries - 1)
        .execution_options(synchronize_session=False)
    )


def clear(counter: Counter) -> None:
    """Forget all tries of a counter."""
    db.session.execute(
        delete(Throttle)
        .where(Throttle.key == counter.key)
        .execution_options(synchronize_session=False)
    )


def sweep() -> None:
    """Remove counters whose window is over, but none that somebody is using."""
    over = (
        select(Throttle.key)
        .where(Throttle.window_ends_at <= func.now())
        .limit(1000)
        .with_for_update(skip_locked=True)
    )
    db.session.execute(
        delete(Throttle).where(Throttle.key.in_(over)).execution_options(synchronize_session=False)
    )


def _too_many(until: datetime) -> TooMany:
    seconds = max(1, math.ceil((until - datetime.now(UTC)).total_seconds()))
    minutes = math.ceil(seconds / 60)
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return TooMany(f"Too many tries. Try again in {wait}.", retry_after=seconds)
