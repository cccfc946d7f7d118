"""Briefings from their hour to their sound, made by a real worker with the built-in voice."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import func, select, update

import scope
from errors import StorageError
from extensions import db
from models import AudioAlignment, AudioTrack, Briefing, BriefingPlan, BriefingState, User
from queries.briefings import Plan
from services.alignment import Alignment, Basis, check
from services.briefings import planning, queue
from services.storage import open_storage
from services.worker import briefings, episodes, transaction
from services.worker.loop import drain
from tests.factories import make_story, make_user
from tests.limited import allowing
from tests.narrated import narrate

pytestmark = pytest.mark.usefixtures("transaction")


def fresh(owner: User, headline: str, **columns: object):
    columns.setdefault("created_at", datetime.now(UTC) - timedelta(minutes=5))
    return make_story(owner, headline, **columns)


def plan(owner: User, **values: object) -> None:
    planning.save(owner.id, Plan(**({"active": True, "zone": "UTC"} | values)))
    db.session.commit()


def fall_due(owner: User) -> None:
    db.session.execute(
        update(BriefingPlan)
        .where(BriefingPlan.user_id == owner.id)
        .values(next_at=func.now() - timedelta(minutes=1))
    )
    db.session.commit()


def work() -> None:
    """Let a worker do all there is, without waiting between its looks."""
    for _ in range(3):
        db.session.execute(update(Briefing).values(look_at=func.now() - timedelta(seconds=1)))
        db.session.commit()
        briefings.drain()
        drain()


def made(owner: User) -> list[Briefing]:
    db.session.expire_all()
    statement = select(Briefing).where(Briefing.user_id == owner.id).order_by(Briefing.created_at)
    return list(db.session.scalars(statement))


def track_of(briefing: Briefing) -> AudioTrack:
    track = db.session.get(AudioTrack, briefing.track_id)
    assert track is not None
    return track


def test_a_briefing_is_made_at_its_hour(reader: User):
    first = fresh(reader, "Rain at noon", content="It rained. " * 3, source_url="https://e.test/r")
    second = fresh(reader, "A second story", created_at=datetime.now(UTC))
    narrate(reader, first)
    plan(reader)
    fall_due(reader)
    work()
    (briefing,) = made(reader)
    assert (briefing.state, briefing.note) == (BriefingState.DONE, "")
    assert briefing.news_ids == [second.id, first.id]
    following = db.session.scalar(select(BriefingPlan.next_at))
    assert following and following > datetime.now(UTC)
    track = track_of(briefing)
    assert track.user_id == reader.id
    assert track.metadata_["kind"] == "briefing"
    assert track.metadata_["title"].startswith("Briefing, ")
    assert open_storage().size(track.storage_key or "") == track.byte_size
    one, two = track.metadata_["chapters"]
    assert (one["title"], one["start"]) == ("A second story", 0)
    assert (two["title"], two["url"]) == ("Rain at noon", "https://e.test/r")
    assert 0 < two["start"] < track.duration
    work()
    assert len(made(reader)) == 1


def test_its_words_are_where_its_text_and_chapters_say(reader: User):
    for headline in ("Zulu one", "Yankee two", "Xray three"):
        narrate(reader, fresh(reader, headline, content=f"Words about {headline}."))
    plan(reader)
    fall_due(reader)
    work()
    track = track_of(made(reader)[0])
    times = db.session.scalar(select(AudioAlignment).where(AudioAlignment.track_id == track.id))
    assert times and "".join(times.characters) == track.text
    chapters = track.metadata_["chapters"]
    assert all(before["start"] < after["start"] for before, after in pairwise(chapters))
    for chapter in chapters:
        place = track.text.index(chapter["title"])
        assert times.start_times[place] == pytest.approx(chapter["start"], abs=0.25)
    whole = Alignment(times.characters, times.start_times, times.end_times, Basis.CHARACTER)
    assert check(whole, track.text, track.duration).grade == track.metadata_["alignment_grade"]
    assert track.metadata_["alignment_grade"] == "good"
    alone = db.session.scalar(
        select(func.sum(AudioTrack.duration)).where(AudioTrack.news_id.is_not(None))
    )
    assert track.duration == pytest.approx(alone + 2 * 0.6, abs=1.0)


def test_nothing_is_told_twice_nor_what_was_read_or_is_old(reader: User):
    narrate(reader, fresh(reader, "Told"))
    fresh(reader, "Read", read_at=func.now())
    fresh(reader, "Away", archived_at=func.now())
    fresh(reader, "Old", created_at=datetime.now(UTC) - timedelta(days=2))
    plan(reader)
    for _ in range(2):
        planning.begin(reader.id, Plan(zone="UTC"))
        db.session.commit()
        work()
    first, second = made(reader)
    assert [one["title"] for one in track_of(first).metadata_["chapters"]] == ["Told"]
    assert (second.state, second.track_id) == (BriefingState.NOTHING, None)
    assert second.note == briefings.NOTHING


def test_two_at_once_make_one(reader: User):
    planning.begin(reader.id, Plan(zone="UTC"))
    with pytest.raises(planning.AlreadyGathering):
        planning.begin(reader.id, Plan(zone="UTC"))


def test_a_plan_without_room_says_so_and_tells_what_there_is(app: Flask, reader: User):
    narrate(reader, fresh(reader, "Ready"))
    fresh(reader, "Too much", created_at=datetime.now(UTC))
    with allowing(app, characters=3):
        planning.begin(reader.id, Plan(zone="UTC"))
        db.session.commit()
        work()
    (briefing,) = made(reader)
    assert briefing.state == BriefingState.DONE
    assert [one["title"] for one in track_of(briefing).metadata_["chapters"]] == ["Ready"]
    assert briefing.note.startswith("1 story was left out. Your plan")


def test_a_narration_that_never_comes_is_not_waited_for_for_ever(reader: User):
    narrate(reader, fresh(reader, "Ready"))
    fresh(reader, "Late", created_at=datetime.now(UTC))
    planning.begin(reader.id, Plan(zone="UTC"))
    db.session.commit()
    briefings.drain()
    assert made(reader)[0].state == BriefingState.GATHERING
    past = func.now() - timedelta(seconds=1)
    db.session.execute(update(Briefing).values(look_at=past, deadline=past))
    db.session.commit()
    briefings.drain()
    (briefing,) = made(reader)
    assert briefing.state == BriefingState.DONE
    assert briefing.note == "1 story is missing, whose narration failed or was not done in time."
    assert len(briefing.news_ids) == 1


def test_a_sound_that_is_lost_or_broken_leaves_the_others(reader: User):
    lost, broken = fresh(reader, "Lost"), fresh(reader, "Broken")
    narrate(reader, fresh(reader, "Whole", created_at=datetime.now(UTC)))
    open_storage().delete(narrate(reader, lost).storage_key or "")
    open_storage().put(narrate(reader, broken).storage_key or "", b"no sound", "audio/mpeg")
    planning.begin(reader.id, Plan(zone="UTC"))
    db.session.commit()
    work()
    (briefing,) = made(reader)
    assert (briefing.state, len(briefing.news_ids)) == (BriefingState.DONE, 1)
    assert briefing.note.startswith("2 stories are missing")


def test_storage_that_is_away_is_waited_for(reader: User, monkeypatch: pytest.MonkeyPatch):
    narrate(reader, fresh(reader, "Ready"))
    planning.begin(reader.id, Plan(zone="UTC"))
    db.session.commit()

    def away(*_: object) -> None:
        raise StorageError("Storage is not answering right now.")

    with monkeypatch.context() as patch:
        patch.setattr(episodes, "join", away)
        work()
        assert made(reader)[0].state == BriefingState.GATHERING
        past = func.now() - timedelta(seconds=1)
        db.session.execute(update(Briefing).values(deadline=past))
        work()
    (briefing,) = made(reader)
    assert (briefing.state, briefing.note) == (
        BriefingState.FAILED,
        "Storage is not answering right now.",
    )
    assert db.session.scalar(select(func.count()).where(AudioTrack.news_id.is_(None))) == 0


def test_who_comes_back_too_late_keeps_nothing(reader: User):
    narrate(reader, fresh(reader, "Ready"))
    planning.begin(reader.id, Plan(zone="UTC"))
    db.session.commit()
    briefings.drain()
    db.session.execute(update(Briefing).values(look_at=func.now() - timedelta(seconds=1)))
    db.session.commit()
    with transaction():
        slow = queue.claim()
    assert slow
    work()
    assert made(reader)[0].state == BriefingState.DONE
    with pytest.raises(episodes.Gone):
        episodes.tell(slow, lambda: False)
    assert db.session.scalar(select(func.count()).where(AudioTrack.news_id.is_(None))) == 1


def test_nobody_is_told_another_ones_stories_and_the_suspended_get_none(reader: User):
    stranger = make_user()
    narrate(stranger, fresh(stranger, "Theirs"))
    plan(reader)
    plan(stranger)
    stranger.suspended_at = func.now()
    db.session.commit()
    fall_due(reader)
    fall_due(stranger)
    work()
    assert [one.state for one in made(reader)] == [BriefingState.NOTHING]
    assert made(stranger) == []
    with scope.acting(scope.READER, stranger.id):
        assert db.session.scalar(select(func.count()).select_from(Briefing)) == 0


@pytest.mark.parametrize(
    ("after", "zone", "expected"),
    [
        ("2026-03-01T05:59:00", "UTC", "2026-03-01T07:00:00"),
        ("2026-03-01T07:00:00", "UTC", "2026-03-02T07:00:00"),
        ("2026-07-01T12:00:00", "America/New_York", "2026-07-02T11:00:00"),
        ("2026-03-28T12:00:00", "Europe/Berlin", "2026-03-29T05:00:00"),
        ("2026-12-31T23:00:00", "Pacific/Kiritimati", "2027-01-01T17:00:00"),
    ],
)
def test_the_hour_is_the_readers_own(after: str, zone: str, expected: str):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert planning.next_time(7, zone, moment) == wanted


def test_an_hour_that_the_clock_skips_is_the_next_one():
    before = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert planning.next_time(2, "Europe/Berlin", before) == datetime(2026, 3, 29, 1, tzinfo=UTC)
