"""What was begun, and what was not heard yet."""

from datetime import timedelta

import pytest

from extensions import db
from models import PlaybackPosition
from queries.playback import count_unheard, in_progress, position_of, unheard
from tests.factories import START, make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def stored(owner, headline="A", **columns):
    columns = {"duration": 100.0, "storage_key": f"audio/{headline}"} | columns
    return make_track(owner, make_story(owner, headline), **columns)


def put(owner, track, seconds, minutes=0, **columns):
    when = START + timedelta(minutes=minutes)
    place = {"seconds": seconds, "version": 1, "updated_at": when} | columns
    db.session.add(PlaybackPosition(user_id=owner.id, track_id=track.id, **place))
    db.session.commit()


def titles(tracks):
    return [track.title for track in tracks]


def test_what_was_begun_comes_latest_first_with_its_place(reader):
    first, second = stored(reader, "First"), stored(reader, "Second")
    put(reader, first, 30, minutes=5, device="Firefox on Android")
    put(reader, second, 40)

    begun = in_progress(reader.id, 5)

    assert titles(begun) == ["First", "Second"]
    assert (begun[0].seconds, begun[0].share, begun[0].device) == (30, 0.3, "Firefox on Android")
    assert titles(in_progress(reader.id)) == ["First"]


@pytest.mark.parametrize("seconds", [0, 1.9, 90, 100])
def test_what_hardly_began_or_is_almost_over_is_not_offered(reader, seconds):
    put(reader, stored(reader), seconds)

    assert in_progress(reader.id) == []


def test_what_cannot_be_played_here_or_is_not_mine_is_not_offered(reader):
    elsewhere, mine, theirs = stored(reader, storage_key=None), stored(reader), make_user()
    put(reader, elsewhere, 50)
    put(theirs, mine, 50)

    assert in_progress(reader.id) == []
    assert titles(unheard(theirs.id)) == []


def test_unheard_are_those_not_heard_to_the_end_newest_first(reader):
    for headline in ("Old", "Heard", "Begun"):
        track = stored(reader, headline)
        if headline == "Heard":
            put(reader, track, 10, finished_at=START)
        elif headline == "Begun":
            put(reader, track, 95)
    stored(make_user(), "Theirs")
    stored(reader, "Elsewhere", storage_key=None)

    assert titles(unheard(reader.id)) == ["Begun", "Old"]
    assert titles(unheard(reader.id, 1)) == ["Begun"]
    assert count_unheard(reader.id) == 2


def test_of_several_takes_only_the_one_that_plays_is_to_be_heard(reader):
    story = make_story(reader, "Twice")
    takes = [
        make_track(reader, story, storage_key=name, chosen_at=START + timedelta(hours=hours))
        for name, hours in (("first", 2), ("second", 1))
    ]

    assert [track.id for track in unheard(reader.id)] == [takes[0].id]
    put(reader, takes[0], 2, finished_at=START)
    assert unheard(reader.id) == []


def test_a_narration_whose_story_is_gone_can_still_be_heard(reader):
    make_track(reader, None, storage_key="x", text="It rained.")

    assert titles(unheard(reader.id)) == ["It rained."]


def test_nobody_has_listened_yet(reader):
    place = position_of(reader.id, stored(reader).id)

    assert (place.seconds, place.version) == (0, 0)
