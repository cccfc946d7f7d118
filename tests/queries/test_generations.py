"""Reads of the attempts at narrating."""

from datetime import timedelta

import pytest

from extensions import db
from models import AudioGeneration, GenerationStatus
from queries.generations import (
    Choices,
    Filters,
    choices,
    count_open,
    find_generation,
    latest_generations,
    of_story,
    open_generations,
)
from queries.paging import Cursor
from tests.factories import START, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")

MINUTES = iter(range(10_000))


@pytest.fixture
def owner():
    return make_user()


def make(owner, headline="Rain", status=GenerationStatus.COMPLETED, **columns) -> AudioGeneration:
    story = columns.pop("story", None) or make_story(owner, headline)
    columns.setdefault("voice_id", "espeak:en-us")
    columns.setdefault("model_id", "espeak-ng-1.52")
    columns.setdefault("created_at", START + timedelta(minutes=next(MINUTES)))
    row = AudioGeneration(user_id=owner.id, news_id=story.id, status=status, **columns)
    db.session.add(row)
    db.session.commit()
    return row


def ids(rows) -> list:
    return [row.id for row in rows]


def test_the_newest_comes_first_and_pages_go_on_behind_it(owner):
    old, middle, new = (make(owner) for _ in range(3))

    first = latest_generations(owner.id, Filters(), 2)
    assert ids(first) == [new.id, middle.id]
    behind = Cursor(first[-1].created_at, first[-1].id)
    assert ids(latest_generations(owner.id, Filters(), 2, behind)) == [old.id]


def test_each_filter_lets_through_what_it_names(owner):
    one = make(owner, "Rain", text="It rained at 5 % of noon.", voice_id="espeak:de")
    two = make(owner, "Snow", GenerationStatus.FAILED, error="It broke.", model_id="other")

    def found(**filters):
        return ids(latest_generations(owner.id, Filters(**filters), 9))

    assert found() == [two.id, one.id]
    assert found(state=GenerationStatus.FAILED) == [two.id]
    assert found(voice_id="espeak:de") == [one.id]
    assert found(model_id="other") == [two.id]
    assert found(words="sNOw") == [two.id]
    assert found(words="5 % of") == [one.id]
    assert found(words="%") == [one.id], "a wildcard is only a character"
    assert found(since=two.created_at) == [two.id]
    assert found(until=two.created_at) == [one.id]
    assert Filters(words="x").any
    assert not Filters().any


def test_a_stranger_sees_nothing(owner):
    one = make(owner, status=GenerationStatus.PENDING)
    stranger = make_user()

    assert latest_generations(stranger.id, Filters(), 9) == []
    assert open_generations(stranger.id) == []
    assert count_open(stranger.id) == 0
    assert find_generation(stranger.id, one.id) is None
    assert of_story(stranger.id, one.news_id) == []
    assert choices(stranger.id) == Choices()


def test_what_is_open_is_listed_the_oldest_first(owner):
    waiting = make(owner, status=GenerationStatus.PENDING)
    working = make(owner, status=GenerationStatus.PROCESSING, progress=0.456)
    make(owner)

    found = open_generations(owner.id)
    assert ids(found) == [waiting.id, working.id]
    assert count_open(owner.id) == 2
    assert all(one.is_open for one in found)
    assert found[1].percent == 45


def test_choices_are_what_was_used(owner):
    make(owner, voice_id="espeak:de", settings={"voiceName": "Robin, German"})
    make(owner, voice_id="espeak:fr", model_id="m2")

    assert choices(owner.id) == Choices(
        [("espeak:fr", "espeak:fr"), ("espeak:de", "Robin, German")], ["espeak-ng-1.52", "m2"]
    )


def test_a_row_says_what_it_waits_for(owner):
    one = make(owner, status=GenerationStatus.PENDING, failures=1, error="Busy.")
    found = find_generation(owner.id, one.id)

    assert found.waits_for_retry
    assert found.voice == "espeak:en-us"
    assert found.headline == "Rain"
    assert found.duration is None
    assert found.age > 0
    assert not found.is_cancelled
