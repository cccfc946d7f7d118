"""Which source is visited next, and by whom. Each function belongs into a worker's transaction.

A visit moves `next_fetch_at` ahead by the lease: should the worker die, the source is due again
then. One that comes back too late no longer holds the attempt, and changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from config import settings as site_settings
from extensions import db
from models import FetchHost, Source, SourceState
from services.fetching.addresses import Allowed, Target
from services.fetching.errors import FetchError

LEASE = timedelta(minutes=10)
"""A visit that takes longer is given to another worker."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A source that a worker has claimed."""

    id: UUID
    user_id: UUID
    attempt: int
    url: str
    host: str
    etag: str
    last_modified: str
    body_digest: str
    failures: int
    full_text: bool
    auto_narrate: bool
    keep_last: int | None
    is_first: bool
    """True when nothing ever came from it."""


def claim(only: UUID | None = None) -> Visit | None:
    """Take the source that has been due for longest and whose host is free, or None.

    The host is taken along, so that nobody else asks it meanwhile.
    """
    due = (
        select(Source.id, FetchHost.host)
        .join(FetchHost, FetchHost.host == Source.host)
        .where(
            or_(text("sources.state = 'active'"), Source.wanted),
            Source.next_fetch_at <= func.now(),
            FetchHost.not_before <= func.now(),
        )
        .order_by(Source.next_fetch_at, Source.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=(Source, FetchHost))
    )
    if only is not None:
        due = due.where(Source.id == only)
    row = db.session.execute(due).one_or_none()
    if row is None:
        return None
    db.session.execute(
        update(FetchHost).where(FetchHost.host == row.host).values(not_before=func.now() + LEASE)
    )
    found = db.session.execute(
        update(Source)
        .where(Source.id == row.id)
        .values(
            attempt=Source.attempt + 1,
            fetching_since=func.now(),
            next_fetch_at=func.now() + LEASE,
            wanted=False,
        )
        .returning(
            Source.id,
            Source.user_id,
            Source.attempt,
            Source.url,
            Source.host,
            Source.etag,
            Source.last_modified,
            Source.body_digest,
            Source.failures,
            Source.full_text,
            Source.auto_narrate,
            Source.keep_last,
            Source.fetched_at.is_(None),
        )
        .execution_options(synchronize_session=False)
    ).one()
    return Visit(*tuple(found))


def is_ours(visit: Visit) -> bool:
    """Say whether a visit is still ours, and keep it from ending until the transaction does."""
    held = select(Source.id).where(*_mine(visit)).with_for_update()
    return db.session.scalar(held) is not None


def finish(visit: Visit, wait: float, **values: Any) -> bool:
    """Put down that a visit went well, and when the next is due; False when it is not ours."""
    return _end(
        visit,
        next_fetch_at=func.now() + timedelta(seconds=wait),
        fetched_at=func.now(),
        failures=0,
        error=None,
        error_code=None,
        **values,
    )


def fail(visit: Visit, error: str, code: str, wait: float, *, gone: bool = False) -> bool:
    """Put down why a visit went wrong; False when it is not ours."""
    state = {"state": SourceState.GONE} if gone else {}
    return _end(
        visit,
        next_fetch_at=func.now() + timedelta(seconds=wait),
        failures=Source.failures + 1,
        error=error,
        error_code=code,
        **state,
    )


def note(visit: Visit, words: str, code: str) -> None:
    """Tell a source's reader something about a visit that went well all the same."""
    db.session.execute(
        update(Source)
        .where(Source.id == visit.id, Source.attempt == visit.attempt)
        .values(error=words, error_code=code)
        .execution_options(synchronize_session=False)
    )


def move(visit: Visit, url: str, host: str) -> None:
    """Put down that a feed lives elsewhere from now on.

    Raises:
        IntegrityError: its reader has a source there already.
    """
    db.session.execute(
        update(Source)
        .where(Source.id == visit.id, Source.attempt == visit.attempt)
        .values(url=url, host=host)
        .execution_options(synchronize_session=False)
    )


def hand_back(visit: Visit) -> bool:
    """Leave a source to the next worker, because this one was asked to stop."""
    return _end(visit, next_fetch_at=func.now(), tried_at=Source.tried_at)


def free_host(host: str) -> None:
    """Let a host be asked again, after its pause."""
    db.session.execute(
        update(FetchHost)
        .where(FetchHost.host == host)
        .values(not_before=func.now() + timedelta(seconds=pause_for(host)))
    )


def take_host(host: str) -> bool:
    """Take a host for one question besides a visit; False when somebody is there."""
    taken = db.session.scalar(
        insert(FetchHost)
        .values(host=host, not_before=func.now() + timedelta(seconds=60))
        .on_conflict_do_update(
            index_elements=[FetchHost.host],
            set_={"not_before": func.now() + timedelta(seconds=60)},
            where=FetchHost.not_before <= func.now(),
        )
        .returning(FetchHost.host)
    )
    return taken is not None


def forget_hosts() -> int:
    """Remove hosts where no source is any more; return how many those were."""
    gone = db.session.execute(
        delete(FetchHost)
        .where(
            FetchHost.not_before < func.now() - timedelta(hours=1),
            ~select(Source.id).where(Source.host == FetchHost.host).exists(),
        )
        .returning(FetchHost.host)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def pause_for(host: str) -> float:
    """Return how long a host is left in peace between two questions, in seconds.

    What the operator named in FETCH_ALLOWED_HOSTS is their own, and needs no pause.
    """
    try:
        target = Target.of(f"http://{host}/")
    except FetchError:
        return site_settings().fetch_spacing
    allowed = Allowed.parse(site_settings().fetch_allowed_hosts)
    literal = target.literal
    own = allowed.named(target) or (literal is not None and allowed.within(literal))
    return 0.0 if own else site_settings().fetch_spacing


def _mine(visit: Visit) -> tuple[Any, ...]:
    return (
        Source.id == visit.id,
        Source.attempt == visit.attempt,
        Source.fetching_since.is_not(None),
    )


def _end(visit: Visit, **values: Any) -> bool:
    values = {"tried_at": func.now(), "fetching_since": None} | values
    ended = db.session.scalar(
        update(Source)
        .where(*_mine(visit))
        .values(**values)
        .returning(Source.id)
        .execution_options(synchronize_session=False)
    )
    return ended is not None
