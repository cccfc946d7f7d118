"""Asking for narrations in tests, as readers do, and looking at what became of them."""

from uuid import UUID

import scope
from extensions import db
from models import AudioGeneration, NewsStory, User
from services import narration
from services.narration import Asked, Wish


def asked(owner: User, story: NewsStory, **wish: object) -> Asked:
    """Ask as the story's owner, and commit."""
    owner_id, news_id = owner.id, story.id
    with scope.acting(scope.READER, owner_id):
        result = narration.ask(owner_id, news_id, Wish(**wish))  # type: ignore[arg-type]
        db.session.commit()
    return result


def attempt(generation_id: UUID | None) -> AudioGeneration:
    """Return the attempt as it is in the database now."""
    found = db.session.get(AudioGeneration, generation_id, populate_existing=True)
    assert found is not None
    return found
