"""What a reader prefers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from extensions import db
from models import User


def preferences_of(user_id: UUID, about: str) -> dict[str, Any]:
    """Return what was noted under one name in the user's metadata; empty when nothing was.

    SQL:
        SELECT metadata -> :about FROM users WHERE id = :user_id
    """
    found = db.session.scalar(select(User.metadata_[about]).where(User.id == user_id))
    return found if isinstance(found, dict) else {}
