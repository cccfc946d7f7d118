"""How a reader likes to read and hear, brought in where nothing was chosen here yet."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import literal, update
from sqlalchemy.dialects.postgresql import JSONB

from extensions import db
from models import User
from services import reading_habits, voice_choice
from services.archive.package import Package
from services.archive.tables import table_named
from services.reading_habits import Habits
from services.voice_choice import Preference


def restore(user_id: UUID, package: Package) -> None:
    """Note what the archive's owner preferred, as far as it makes sense. The caller commits.

    What this reader has chosen here stays.

    Raises:
        ArchiveRefused: the file of accounts can't be read.
    """
    noted: dict[str, Any] = {}
    for row, _ in package.rows(table_named("users").entry):
        found = row.get("metadata")
        noted = found if isinstance(found, dict) else {}
    chosen: dict[str, Any] = {}
    if reading_habits.ABOUT in noted:
        chosen[reading_habits.ABOUT] = asdict(Habits.of(noted[reading_habits.ABOUT]))
    if voice_choice.ABOUT in noted:
        chosen[voice_choice.ABOUT] = asdict(Preference.of(noted[voice_choice.ABOUT]))
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(metadata_=literal(chosen, JSONB).op("||")(User.metadata_))
        .execution_options(synchronize_session=False)
    )
