"""Which briefing is looked after next, and by whom. Each belongs into a worker's transaction.

A claim moves `look_at` ahead by the lease: should the worker die, the briefing is due again then.
Who comes back too late no longer holds the attempt, and changes nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update

from extensions import db
from models import Briefing, BriefingPlan, BriefingState, User
from services import clock
from services.briefings import planning

LEASE = timedelta(minutes=2)
AGAIN = timedelta(seconds=2)
"""Between two looks at narrations that are not done."""
ATTEMPTS = 2000
"""Far more looks than fit into the time that is waited; then something is wrong with it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A briefing that a worker has claimed."""

    id: UUID
    user_id: UUID
    attempt: int
    day: date
    voice_id: str
    stories: int
    news_ids: list[UUID]
    """Empty until its stories were chosen."""
    note: str
    overdue: bool
    """True when nothing is waited for any more."""


def begin_due() -> UUID | None:
    """Queue the briefing whose hour has come longest ago, and return its reader; None when none.

    A reader who is suspended gets none. What was missed while no worker ran is made once.
    """
    row = db.session.execute(
        select(
            BriefingPlan.user_id,
            BriefingPlan.hour,
            BriefingPlan.zone,
            BriefingPlan.voice_id,
            BriefingPlan.stories,
        )
        .join(User, User.id == BriefingPlan.user_id)
        .where(
            text("briefing_plans.active"),
            BriefingPlan.next_at <= func.now(),
            User.suspended_at.is_(None),
        )
        .order_by(BriefingPlan.next_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=BriefingPlan)
    ).one_or_none()
    if row is None:
        return None
    reader: UUID = row.user_id
    following: datetime = planning.next_time(row.hour, row.zone, clock.now())
    db.session.execute(
        update(BriefingPlan)
        .where(BriefingPlan.user_id == reader)
        .values(next_at=following)
        .execution_options(synchronize_session=False)
    )
    planning.queue_up(reader, row.zone, row.voice_id, row.stories)
    return reader


def claim() -> Job | None:
    """Take the briefing that has waited longest to be looked after, or None when none is due."""
    due = (
        select(Briefing.id)
        .where(text("briefings.state = 'gathering'"), Briefing.look_at <= func.now())
        .order_by(Briefing.look_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = db.session.execute(
        update(Briefing)
        .where(Briefing.id == due)
        .values(attempt=Briefing.attempt + 1, look_at=func.now() + LEASE)
        .returning(
            Briefing.id,
            Briefing.user_id,
            Briefing.attempt,
            Briefing.day,
            Briefing.voice_id,
            Briefing.stories,
            Briefing.news_ids,
            Briefing.note,
            (Briefing.deadline <= func.now()) | (Briefing.attempt > ATTEMPTS),
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Job(*row) if row else None


def hold(job: Job) -> bool:
    """Say that a worker is still at it; False when it is no longer its own."""
    return change(job, look_at=func.now() + LEASE)


def look_again(job: Job, wait: timedelta = AGAIN, **values: Any) -> bool:
    """Let go of a briefing until a little later; False when it is no longer ours."""
    return change(job, look_at=func.now() + wait, **values)


def finish(job: Job, state: BriefingState, note: str = "", **values: Any) -> bool:
    """End a briefing; `note` is for its reader. False when it is no longer ours."""
    return change(job, state=state, note=note, finished_at=func.now(), **values)


def change(job: Job, **values: Any) -> bool:
    """Change a briefing only while it is still ours, so that no two finish it."""
    changed = db.session.scalar(
        update(Briefing)
        .where(
            Briefing.id == job.id,
            Briefing.attempt == job.attempt,
            Briefing.state == BriefingState.GATHERING,
        )
        .values(**values)
        .returning(Briefing.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None
