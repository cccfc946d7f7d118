"""What the rail counts beside its links, on every page."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, literal, or_, select

from extensions import db
from models import NewsStory, Source, SourceState
from queries.wanted import State, Wanted

MANY = 1000
"""Nobody counts further than this; it stands for that many and more."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for a reader."""

    unread: int
    """Stories to be read, MANY at most."""
    failing: int
    """Sources to look after."""


def rail_counts(user_id: UUID) -> Counts:
    """Return what waits for a reader.

    SQL:
        SELECT (SELECT count(*)
                FROM (SELECT FROM news_history
                      WHERE user_id = :user_id AND read_at IS NULL AND archived_at IS NULL
                      LIMIT 1000) AS waiting),
               (SELECT count(*) FROM sources
                WHERE user_id = :user_id AND (failures > 0 OR state = 'gone'))
    """
    waiting = (
        select(literal(1))
        .where(NewsStory.user_id == user_id, *Wanted(State.UNREAD).conditions(user_id))
        .limit(MANY)
        .subquery()
    )
    failing = select(func.count(Source.id)).where(
        Source.user_id == user_id, or_(Source.failures > 0, Source.state == SourceState.GONE)
    )
    unread = select(func.count()).select_from(waiting)
    row = db.session.execute(select(unread.scalar_subquery(), failing.scalar_subquery())).one()
    return Counts(*row)
