"""Places in narrations: no device undoes another one's progress."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from errors import InvalidInput
from extensions import db
from models import PlaybackPosition, UsageMetric, User
from queries.playback import Listenable, Position, position_of
from services.playback import (
    BEGINNING,
    FAR,
    FASTEST,
    KEPT,
    NotSaved,
    Report,
    StalePosition,
    StartOverNeeded,
    save,
)
from tests.factories import make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")
LENGTH = 600.0


@pytest.fixture
def track(reader: User) -> Listenable:
    return new_track(reader)


def new_track(owner: User) -> Listenable:
    row = make_track(owner, make_story(owner), duration=LENGTH)
    return Listenable(row.id, row.news_id, LENGTH)


def listen(owner: User, track: Listenable, seconds: float, **more: object) -> Position:
    """Report from the device that knows the latest version."""
    known = position_of(owner.id, track.id)
    more = {"version": known.version, "heard": max(0.0, seconds - known.seconds)} | more
    return save(owner.id, track, Report(seconds, **more))


def let_pass(minutes: int) -> None:
    """Move the places that were left into the past."""
    row = db.session.scalar(select(PlaybackPosition))
    assert row is not None
    row.previous = [
        left | {"at": (row.updated_at - timedelta(minutes=minutes)).isoformat()}
        for left in row.previous
    ]
    db.session.commit()


def hear_later(seconds: int) -> None:
    """Move what was heard into the past."""
    earlier = UsageMetric.created_at - timedelta(seconds=seconds)
    db.session.execute(update(UsageMetric).values(created_at=earlier))
    db.session.commit()


def test_the_first_place_is_version_one_and_keeps_milliseconds(reader, track):
    place = save(reader.id, track, Report(83.4567, 0, 83.4567, device="Firefox on Android"))

    assert (place.seconds, place.version, place.heard) == (83.457, 1, 83.457)
    assert place.device == "Firefox on Android"
    assert position_of(reader.id, track.id) == place


def test_who_knows_an_older_version_is_told_the_current_place(reader, track):
    listen(reader, track, 200)
    latest = listen(reader, track, 300)

    with pytest.raises(StalePosition) as refused:
        save(reader.id, track, Report(10, latest.version - 1))

    assert refused.value.current == latest
    assert position_of(reader.id, track.id) == latest


def test_a_device_that_has_never_asked_cannot_overwrite(reader, track):
    latest = listen(reader, track, 300)

    with pytest.raises(StalePosition):
        save(reader.id, track, Report(0, 0))

    assert position_of(reader.id, track.id) == latest


def test_the_beginning_is_only_taken_on_purpose(reader, track):
    listen(reader, track, FAR + 1)

    with pytest.raises(StartOverNeeded):
        listen(reader, track, BEGINNING - 0.1)

    assert listen(reader, track, 0, start_over=True).seconds == 0


def test_who_is_not_far_may_go_back_freely(reader, track):
    listen(reader, track, FAR)

    assert listen(reader, track, 0).seconds == 0


def test_places_left_by_a_jump_are_kept_and_listening_on_is_no_jump(reader, track):
    listen(reader, track, 100, device="A")
    listen(reader, track, 110, device="A")
    assert position_of(reader.id, track.id).previous == ()

    place = listen(reader, track, 400, heard=2, device="B")

    assert [(left["seconds"], left["device"]) for left in place.previous] == [(110, "A")]


def test_a_flurry_of_jumps_keeps_the_place_it_began_at(reader, track):
    listen(reader, track, 100)
    for seconds in (300, 500, 200, 550):
        place = listen(reader, track, seconds, heard=0)

    assert [left["seconds"] for left in place.previous] == [100]


def test_no_more_than_the_last_places_are_kept(reader, track):
    listen(reader, track, 20)
    for step in range(KEPT + 3):
        place = listen(reader, track, 100 + 50 * step, heard=0)
        let_pass(minutes=5)

    assert [left["seconds"] for left in place.previous] == [400, 350, 300, 250, 200]


def test_it_counts_as_heard_at_nine_tenths_and_stays_so(reader, track):
    assert listen(reader, track, LENGTH * 0.89).finished_at is None
    heard = listen(reader, track, LENGTH * 0.9)
    assert heard.finished_at is not None

    again = listen(reader, track, 0, start_over=True)
    assert again.finished_at == heard.finished_at


def test_a_jump_to_the_end_is_not_hearing_it(reader, track):
    listen(reader, track, 10)
    assert listen(reader, track, LENGTH * 0.95, heard=1).finished_at is None
    assert listen(reader, track, LENGTH, heard=1).finished_at is not None


def test_what_was_heard_is_counted_once_a_report(reader, track):
    listen(reader, track, 10)
    hear_later(seconds=11)
    latest = listen(reader, track, 20.5)
    with pytest.raises(StalePosition):
        save(reader.id, track, Report(20.5, latest.version - 1, 10.5))
    listen(reader, track, 300, heard=0)

    rows = db.session.execute(
        select(UsageMetric.quantity, UsageMetric.news_id)
        .where(UsageMetric.action == "played")
        .order_by(UsageMetric.created_at)
    ).all()
    assert [tuple(row) for row in rows] == [(10, track.news_id), (10.5, track.news_id)]
    assert position_of(reader.id, track.id).heard == 20.5


def played() -> float:
    statement = select(func.sum(UsageMetric.quantity)).where(UsageMetric.action == "played")
    return float(db.session.scalar(statement))


def test_nobody_can_claim_to_have_heard_more_than_there_was_time_for(reader):
    tracks = [new_track(reader) for _ in range(4)]
    listen(reader, tracks[0], 100)
    for track in tracks[1:]:
        listen(reader, track, LENGTH, heard=LENGTH)
    assert 100 <= played() < 102, "however many narrations are named at once"

    hear_later(seconds=60)
    listen(reader, tracks[0], 500, heard=LENGTH)
    assert 100 + 60 * FASTEST <= played() < 105 + 60 * FASTEST
    assert position_of(reader.id, tracks[1].id).heard == LENGTH, "the place is another matter"


def test_what_others_hear_takes_nothing_away(reader):
    listen(make_user(), new_track(reader), 100)
    assert listen(reader, new_track(reader), 100).heard == 100
    assert played() == 200


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_refused(reader, track, bad):
    for report in (Report(bad, 0), Report(1, 0, heard=bad)):
        with pytest.raises(InvalidInput):
            save(reader.id, track, report)


def test_a_place_is_kept_within_the_sound(reader, track):
    assert save(reader.id, track, Report(-3, 0)).seconds == 0
    assert save(reader.id, track, Report(9999, 1, heard=-5)).seconds == LENGTH


seconds = st.one_of(st.floats(0, LENGTH), st.sampled_from([0.0, 1.0, 59.0, 61.0, LENGTH]))
steps = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["report", "ask"]), seconds, st.booleans()),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps)
def test_whatever_devices_report_none_that_is_behind_changes_the_place(reader, steps):
    """Three devices ask and report in any order; only who knows the latest version gets through."""
    track = new_track(reader)
    known = [0, 0, 0]
    stands = Position()
    for device, act, there, start_over in steps:
        if act == "ask":
            known[device] = position_of(reader.id, track.id).version
            continue
        report = Report(there, known[device], heard=1.5, start_over=start_over)
        behind = known[device] != stands.version
        lost = stands.seconds > FAR and round(there, 3) < BEGINNING and not start_over
        try:
            place = save(reader.id, track, report)
        except NotSaved as refused:
            assert behind or lost
            assert refused.current == stands
        else:
            assert not behind
            assert not lost
            assert place.version == stands.version + 1
            assert place.seconds == round(there, 3)
            assert place.heard == pytest.approx(stands.heard + 1.5)
            assert len(place.previous) <= KEPT
            known[device] = place.version
            stands = place
        kept = position_of(reader.id, track.id)
        assert replace(kept, updated_at=None) == replace(stands, updated_at=None)
