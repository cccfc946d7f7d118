"""What having a story read aloud would cost, told before it is spent."""

from uuid import UUID

from extensions import cache
from queries import takes as take_queries
from queries.news import Story
from services import narration, plans, spoken_text, voice_choice
from services.caching import HOUR
from services.narration import Wish
from services.plans import Cost
from services.voices.errors import VoiceError

LONG = 20_000
"""Of a story with more characters the cost is estimated: to find its words takes longer than
to show it."""


def of_story(user_id: UUID, story: Story) -> Cost | None:
    """Return what the story's own words cost; None when there is nothing to read."""
    if len(story.content) > LONG:
        return plans.cost_of(user_id, len(story.headline) + len(story.content), rough=True)
    count = _spoken(story)
    return plans.cost_of(user_id, count) if count else None


def _spoken(story: Story) -> int:
    """Return how many characters of a story are read; 0 when there is nothing to read."""
    key = f"spoken:{story.id}:{story.updated_at.isoformat()}"
    known = cache.get(key)
    if isinstance(known, int):
        return known
    try:
        count = len(narration.words_of(story))
    except spoken_text.NothingToSay:
        count = 0
    cache.set(key, count, timeout=HOUR)
    return count


def of_wish(user_id: UUID, news_id: UUID, wish: Wish) -> Cost:
    """Return what a wish with a text and a voice costs: nothing, if its reader has that take."""
    try:
        text = spoken_text.clean(wish.text)
        info = voice_choice.find_voice(wish.voice_id)
    except (spoken_text.NothingToSay, VoiceError):
        return plans.cost_of(user_id, len(wish.text))
    speed = voice_choice.within_bounds(1.0 if wish.speed is None else wish.speed)
    digest = narration.settings_of(info, text, speed, wish)["digest"]
    takes = take_queries.takes_of(user_id, news_id)
    had = any(take.stored and take.known.get("digest") == digest for take in takes)
    return plans.cost_of(user_id, len(text), had=had)
