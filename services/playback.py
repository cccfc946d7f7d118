"""Keeping where a reader stands, so that no device undoes another one's progress.

Every change names the version it knows. Whoever knows an older one is told the current
place instead, and decides.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from errors import Conflict, InvalidInput
from extensions import db
from models import PlaybackPosition
from queries.briefings import stories_in
from queries.playback import (
    ENOUGH,
    POSITION_COLUMNS,
    Listenable,
    Position,
    as_position,
    seconds_since_heard,
    select_positions,
)
from services import reading, usage
from services.usage import Action

KEPT = 5
"""Places to go back to."""
BEGINNING = 5.0
FAR = 60.0
"""Who stood beyond FAR seconds gets below BEGINNING only on purpose."""
JUMP = 15.0
"""Seconds that a place may differ from where listening led before it counts as a jump."""
FLURRY = 30.0
"""Seconds; of several jumps that follow each other so closely only the first place is kept."""
LONGEST_DEVICE = 80
FASTEST = 3.0
"""The highest speed of the player: seconds of sound that a second of listening can hold."""


@dataclass(frozen=True, slots=True)
class Report:
    """Where a device says that its reader is.

    `version` is the latest one it knows, 0 when it knows none. `heard` is how many seconds
    of sound it played since its last report. `start_over` says that the reader meant to
    begin anew.
    """

    seconds: float
    version: int
    heard: float = 0.0
    start_over: bool = False
    device: str = ""


class NotSaved(Conflict):
    """A place was refused; `current` is the one that stands."""

    def __init__(self, message: str, current: Position) -> None:
        super().__init__(message)
        self.current = current


class StalePosition(NotSaved):
    """Another device has been further since."""


class StartOverNeeded(NotSaved):
    """A place at the very beginning that nobody asked for."""


def save(user_id: UUID, track: Listenable, report: Report) -> Position:
    """Keep a place and what was heard on the way; return what stands then.

    Only for a narration that was looked up for its reader. The caller commits.

    Raises:
        InvalidInput: the report makes no sense.
        StalePosition: it rests on an older version than the current one.
        StartOverNeeded: it would throw the reader back to the beginning.
    """
    _check(report)
    seconds = round(min(max(0.0, report.seconds), track.duration), 3)
    heard = round(min(max(0.0, report.heard), track.duration), 3)
    before = _locked(user_id, track.id)
    if report.version != before.version:
        raise StalePosition("Another device has moved on since.", before)
    if before.seconds > FAR and seconds < BEGINNING and not report.start_over:
        raise StartOverNeeded("That would lose the place; say so if it is meant.", before)
    finished = heard > 0 and _is_heard(track.duration, seconds, before.heard + heard)
    row = db.session.execute(
        update(PlaybackPosition)
        .where(PlaybackPosition.user_id == user_id, PlaybackPosition.track_id == track.id)
        .values(
            seconds=seconds,
            version=before.version + 1,
            heard=PlaybackPosition.heard + heard,
            finished_at=func.coalesce(PlaybackPosition.finished_at, func.now())
            if finished
            else PlaybackPosition.finished_at,
            device=report.device[:LONGEST_DEVICE],
            previous=_kept(before, seconds, heard),
        )
        .returning(*POSITION_COLUMNS)
    ).one()
    _note_heard(user_id, track, heard)
    # Once each time it is heard: who marks it as unread while it ends is not overruled.
    if finished and not _is_heard(track.duration, before.seconds, before.heard):
        for news_id in [track.news_id] if track.news_id else stories_in(user_id, track.id):
            reading.was_heard(user_id, news_id)
    return as_position(row)


def _note_heard(user_id: UUID, track: Listenable, heard: float) -> None:
    """Note a stretch of listening, but no more than fits into the time since the one before.

    Whatever a device claims, of whichever narration: one pair of ears hears so much and no more.
    """
    if not heard:
        return
    # One report of a reader at a time, so that many at once don't share the same stretch.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"heard {user_id}"))))
    since = seconds_since_heard(user_id)
    counted = heard if since is None else min(heard, max(0.0, since) * FASTEST)
    if counted > 0:
        usage.record(user_id, Action.PLAYED, round(counted, 3), track.news_id)


def _check(report: Report) -> None:
    numbers = (report.seconds, report.heard)
    if not all(math.isfinite(number) for number in numbers) or report.version < 0:
        raise InvalidInput("A place is a number of seconds and the version it rests on.")


def _is_heard(duration: float, seconds: float, heard: float) -> bool:
    """Say whether a narration counts as heard: at its very end, or near it and not by a jump."""
    near = seconds >= duration * ENOUGH and heard >= duration / 2
    return near or seconds >= duration - 0.5


def _locked(user_id: UUID, track_id: UUID) -> Position:
    """Return the place as it stands, and let nobody change it until the commit."""
    db.session.execute(
        insert(PlaybackPosition)
        .values(user_id=user_id, track_id=track_id)
        .on_conflict_do_nothing(index_elements=["user_id", "track_id"])
    )
    mine = (PlaybackPosition.user_id == user_id, PlaybackPosition.track_id == track_id)
    return as_position(db.session.execute(select_positions().where(*mine).with_for_update()).one())


def _kept(before: Position, seconds: float, heard: float) -> list[dict[str, Any]]:
    """Return the places to go back to, with the one that a jump leaves in front."""
    kept = list(before.previous)
    jumped = abs(seconds - (before.seconds + heard)) > JUMP
    at = before.updated_at or datetime.now(UTC)
    last = datetime.fromisoformat(kept[0]["at"]) if kept else None
    apart = last is None or abs((at - last).total_seconds()) >= FLURRY
    if before.version and jumped and apart and before.seconds >= BEGINNING:
        left = {
            "seconds": before.seconds,
            "device": before.device,
            "at": at.isoformat(timespec="seconds"),
        }
        kept.insert(0, left)
    return kept[:KEPT]
