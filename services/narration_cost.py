"""What having a story read aloud would cost, told before it is spent."""

from uuid import UUID

from queries import takes as take_queries
from queries.news import Story
from services import narration, plans, spoken_text, voice_choice
from services.narration import Wish
from services.plans import Cost
from services.voices.errors import VoiceError


def of_story(user_id: UUID, story: Story) -> Cost | None:
    """Return what the story's own words cost; None when there is nothing to read."""
    try:
        words = narration.words_of(story)
    except spoken_text.NothingToSay:
        return None
    return plans.cost_of(user_id, len(words))


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
