"""When a reader wants a briefing, and asking for one at once."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from errors import Conflict
from extensions import db
from models import Briefing, BriefingPlan
from queries.briefings import Plan
from services import clock

MOST = 30
"""Stories in one briefing."""
PATIENCE = timedelta(minutes=30)
"""How long narrations are waited for; then it is told with those that are there."""


class AlreadyGathering(Conflict):
    """One is being made already."""

    def __init__(self) -> None:
        super().__init__("Your briefing is being made already. It shows up here when it is done.")


@cache
def zones() -> list[str]:
    """Return the time zones to choose from, by name."""
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return ["UTC", *sorted(places)]


def next_time(hour: int, zone: str, after: datetime) -> datetime:
    """Return when a clock in `zone` shows that full hour next.

    Where the clocks go forward over it, it is the hour that follows.
    """
    where = clock.zone(zone)
    day = after.astimezone(where).date()
    for ahead in range(3):
        moment = datetime.combine(day + timedelta(days=ahead), time(hour), where).astimezone(UTC)
        if moment > after:
            return moment
    raise ValueError("no day has that hour")


def today(zone: str) -> date:
    """Return which day it is in `zone`."""
    return clock.now().astimezone(clock.zone(zone)).date()


def save(user_id: UUID, plan: Plan) -> None:
    """Keep when a reader wants a briefing. The caller commits."""
    values = {
        "active": plan.active,
        "hour": plan.hour,
        "zone": plan.zone,
        "voice_id": plan.voice_id,
        "stories": plan.stories,
        "next_at": next_time(plan.hour, plan.zone, clock.now()),
    }
    statement = insert(BriefingPlan).values(user_id=user_id, **values)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[BriefingPlan.user_id], set_=values)
    )


def begin(user_id: UUID, plan: Plan) -> None:
    """Have a briefing made now. The caller commits.

    Raises:
        AlreadyGathering: one is under way.
    """
    if not queue_up(user_id, plan.zone, plan.voice_id, plan.stories):
        raise AlreadyGathering


def queue_up(user_id: UUID, zone: str, voice_id: str, stories: int) -> bool:
    """Put a briefing into the worker's queue; False when there is one."""
    queued = db.session.scalar(
        insert(Briefing)
        .values(
            user_id=user_id,
            day=today(zone),
            voice_id=voice_id,
            stories=stories,
            deadline=func.now() + PATIENCE,
        )
        .on_conflict_do_nothing()
        .returning(Briefing.id)
    )
    return queued is not None
