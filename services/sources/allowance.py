"""What a reader's plan leaves room for."""

from uuid import UUID

from services import plans


def room_for_stories(user_id: UUID) -> int | None:
    """Return how many more stories the plan has room for; None means any number."""
    return plans.allowance_of(user_id).of("stories").left
