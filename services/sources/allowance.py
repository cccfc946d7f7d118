"""What a reader's plan leaves room for; without plans that limit, anything."""

import importlib
import importlib.util
from typing import Any
from uuid import UUID


def check_sources(user_id: UUID, adding: int = 1) -> None:
    """Refuse more sources than the plan has room for.

    Raises:
        LimitReached: there is no room for so many.
    """
    if plans := _plans():
        plans.check_sources(user_id, adding)


def room_for_stories(user_id: UUID) -> int | None:
    """Return how many more stories the plan has room for; None means any number."""
    plans = _plans()
    left: int | None = plans.allowance_of(user_id).of("stories").left if plans else None
    return left


def _plans() -> Any:
    if importlib.util.find_spec("services.plans") is None:
        return None
    return importlib.import_module("services.plans")
