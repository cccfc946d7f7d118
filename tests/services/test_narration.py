"""Asking for narrations, asking again, and stopping them."""

import pytest
from sqlalchemy import func, select

from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import AudioGeneration
from queries import takes as take_queries
from services import narration, voice_choice
from services.narration import AlreadyReading, Wish
from services.spoken_text import NothingToSay
from services.voice_choice import Preference
from services.voices.errors import VoiceNotFound
from services.worker import queue
from services.worker.loop import drain
from tests.factories import make_story, make_user
from tests.services.narrating import asked, attempt

pytestmark = pytest.mark.usefixtures("transaction")


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(AudioGeneration))


@pytest.fixture
def owner():
    return make_user()


@pytest.fixture
def story(owner):
    return make_story(owner, "Rain", content="It rained at **noon**. See https://example.org/x.")


def test_a_wish_without_words_or_voice_takes_the_storys_and_the_readers_own(owner, story):
    voice_choice.prefer(owner.id, Preference("espeak:en-us+m3", 1.2))

    one = attempt(asked(owner, story).generation_id)

    assert one.status == "pending"
    assert one.text == "Rain\n\nIt rained at noon. See."
    assert one.voice_id == "espeak:en-us+m3"
    assert one.model_id == "espeak-ng-1.52"
    assert one.settings["speed"] == 1.2
    assert one.settings["voiceName"] == "Arthur, English (United States)"
    assert one.characters == len(one.text)


def test_a_story_in_another_language_is_read_by_the_same_speaker_of_that_language(owner):
    voice_choice.prefer(owner.id, Preference("espeak:en-us+f1", 1.0))
    german = "Der Zug kam nicht und die Leute warteten auf dem Bahnsteig mit der Zeitung."
    story = make_story(owner, "Verspätung", content=german)

    assert attempt(asked(owner, story).generation_id).voice_id == "espeak:de+f1"


def test_what_no_voice_can_read_is_refused_before_it_is_queued(owner):
    story = make_story(owner, "ニュース", content="雨が降りました。" * 5)

    with pytest.raises(InvalidInput, match="No voice"):
        asked(owner, story)
    assert count() == 0


@pytest.mark.parametrize("content", ["", "```\ncode\n```", "![](x.png)", "— … —"])
def test_a_story_without_words_is_refused_and_nothing_is_queued(owner, content):
    story = make_story(owner, "—", content=content)

    with pytest.raises(NothingToSay):
        asked(owner, story)
    assert count() == 0


def test_a_text_beyond_the_limit_is_refused(owner, story):
    with pytest.raises(InvalidInput, match="200,000"):
        asked(owner, story, text="word " * 50_000)


def test_a_voice_that_is_not_there_is_refused(owner, story):
    for voice_id in ("espeak:klingon", "nobody:x", "openai:alloy", "x"):
        with pytest.raises(VoiceNotFound):
            asked(owner, story, voice_id=voice_id)


def test_a_strangers_story_does_not_exist(owner, story):
    with pytest.raises(NotFound):
        asked(make_user(), story)


def test_asking_twice_queues_one(owner, story):
    first, second = asked(owner, story), asked(owner, story)

    assert first.is_new
    assert not second.is_new
    assert second.generation_id == first.generation_id
    assert count() == 1


def test_another_voice_is_another_narration(owner, story):
    first = asked(owner, story, voice_id="espeak:en-us")
    second = asked(owner, story, voice_id="espeak:en-us+f1")

    assert first.generation_id != second.generation_id
    assert count() == 2


def test_what_only_waits_takes_the_newer_words(owner, story):
    first = asked(owner, story)
    second = asked(owner, story, text="Only this.")

    assert second.generation_id == first.generation_id
    assert attempt(first.generation_id).text == "Only this."
    assert attempt(first.generation_id).characters == len("Only this.")


def test_what_is_being_read_is_not_changed_under_the_worker(owner, story):
    asked(owner, story)
    assert queue.claim() is not None

    assert asked(owner, story).is_new is False
    with pytest.raises(AlreadyReading):
        asked(owner, story, text="Only this.")


def test_the_same_again_is_there_already_and_spends_nothing(owner, story):
    asked(owner, story, voice_id="espeak:en-us")
    asked(owner, story, voice_id="espeak:en-us+f1")
    drain()
    takes = take_queries.takes_of(owner.id, story.id)

    again = asked(owner, story, voice_id=takes[1].voice_id)

    assert again.generation_id is None
    assert again.track_id == takes[1].id
    assert count() == 2
    assert take_queries.takes_of(owner.id, story.id)[0].id == takes[1].id, "the story plays it now"


@pytest.mark.parametrize(
    "change", [{"speed": 1.5}, {"text": "Other words."}, {"voice_id": "espeak:en-us+m3"}]
)
def test_whatever_can_be_heard_makes_it_another_narration(owner, story, change):
    asked(owner, story)
    drain()

    assert asked(owner, story, **change).is_new


def test_a_failed_one_is_tried_again_with_the_same_words_and_voice(owner, story):
    first = asked(owner, story, text="Only this.", voice_id="espeak:en-us+f1", speed=1.5)
    queue.fail(queue.claim(), "It broke.", "broken")

    second = narration.retry(owner.id, first.generation_id)

    assert second.is_new
    one, other = attempt(first.generation_id), attempt(second.generation_id)
    assert one.status == "failed"
    assert (other.text, other.voice_id, other.settings) == (one.text, one.voice_id, one.settings)
    assert other.failures == 0


def test_only_what_failed_is_tried_again(owner, story):
    first = asked(owner, story)
    with pytest.raises(Conflict):
        narration.retry(owner.id, first.generation_id)
    with pytest.raises(NotFound):
        narration.retry(make_user().id, first.generation_id)


def test_stopping_leaves_room_for_a_new_wish_at_once(owner, story):
    first = asked(owner, story)

    assert narration.cancel(owner.id, first.generation_id)
    assert not narration.cancel(owner.id, first.generation_id), "it has ended already"

    stopped = attempt(first.generation_id)
    assert stopped.status == "failed"
    assert stopped.error_code == "cancelled"
    assert stopped.finished_at is not None
    assert asked(owner, story).is_new
    with pytest.raises(NotFound):
        narration.cancel(make_user().id, first.generation_id)


def test_a_take_is_stale_only_when_the_spoken_words_change(owner, story):
    one = attempt(asked(owner, story, text="My own words.").generation_id)
    source = one.settings["source"]
    assert not narration.is_stale(story, source), "the reader's own words are no change"

    story.content = "It rained at *noon*. See https://example.org/other."
    assert not narration.is_stale(story, source), "neither is an address"

    story.content = "It snowed."
    assert narration.is_stale(story, source)
    story.headline, story.content = "—", ""
    assert narration.is_stale(story, source)
    assert not narration.is_stale(story, ""), "unknown is not stale"


def test_a_wish_may_hold_the_providers_own_settings_only(owner, story):
    wish = Wish(voice_id="espeak:en-us", settings={"stability": 0.4})

    one = attempt(
        asked(owner, story, **{"voice_id": wish.voice_id, "settings": wish.settings}).generation_id
    )

    assert one.settings["stability"] == 0.4
