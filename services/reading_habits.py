"""How somebody likes to read: the order of lists, what marks a story as read, the keyboard."""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlalchemy import func, literal, update
from sqlalchemy.dialects.postgresql import JSONB

from extensions import db
from models import User
from queries.preferences import preferences_of

ABOUT = "reading"
"""Name of what we note in the user's metadata."""


class MarksRead(StrEnum):
    """What marks a story as read without a press of its button."""

    OPENED = "open"
    """Opening it, and hearing one of its narrations."""
    HEARD = "heard"
    NEVER = "never"


class Sort(StrEnum):
    """What stands first in a list of stories."""

    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Habits:
    """What a reader chose; the defaults are for who chose nothing."""

    sort: Sort = Sort.NEWEST
    mark_read: MarksRead = MarksRead.OPENED
    keys: bool = True

    @classmethod
    def of(cls, noted: Any) -> Self:
        """Read what was noted, as far as it makes sense."""
        if not isinstance(noted, dict):
            return cls()
        sort, mark_read = noted.get("sort"), noted.get("mark_read")
        return cls(
            sort=Sort(sort) if sort in set(Sort) else Sort.NEWEST,
            mark_read=MarksRead(mark_read) if mark_read in set(MarksRead) else MarksRead.OPENED,
            keys=noted.get("keys") is not False,
        )


def change(user_id: UUID, **chosen: Any) -> Habits:
    """Note some of a reader's choices, beside those that stand. The caller commits."""
    habits = replace(Habits.of(preferences_of(user_id, ABOUT)), **chosen)
    noted = func.jsonb_build_object(ABOUT, literal(asdict(habits), JSONB))
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(metadata_=User.metadata_.op("||")(noted))
        .execution_options(synchronize_session=False)
    )
    return habits
