"""Marking stories, and what a reader chose about it."""

from datetime import timedelta

import pytest

from errors import InvalidInput
from extensions import db
from models import NewsStory, User
from queries.paging import Cursor
from queries.preferences import preferences_of
from queries.wanted import EVERYTHING, State, Wanted
from services import news, playback, reading, reading_habits, tags, voice_choice
from services.playback import Report
from services.reading import Mark
from services.reading_habits import Habits, MarksRead, Sort
from tests.factories import START, make_asset, make_story, make_track, make_user
from tests.services.test_playback import LENGTH, listen, new_track

pytestmark = pytest.mark.usefixtures("transaction")


def fresh(story: NewsStory) -> NewsStory:
    db.session.commit()
    db.session.refresh(story)
    return story


@pytest.mark.parametrize("what", [Mark.READ, Mark.STARRED, Mark.ARCHIVED])
def test_a_mark_is_set_once_tells_what_it_changed_and_can_be_undone(reader, what):
    story, done = make_story(reader, updated_at=START), make_story(reader)
    reading.mark(reader.id, [done.id], what)
    assert reading.mark(reader.id, [story.id, done.id], what) == [story.id]
    column = f"{what.value}_at"
    first = getattr(fresh(story), column)
    assert first is not None
    assert reading.mark(reader.id, [story.id], what) == []
    assert getattr(fresh(story), column) == first
    assert reading.mark(reader.id, [story.id], what.opposite) == [story.id]
    assert getattr(fresh(story), column) is None
    assert story.updated_at == START


def test_every_mark_has_an_opposite():
    assert {mark.opposite.opposite for mark in Mark} == set(Mark)


def test_another_readers_stories_are_passed_over(reader):
    theirs, mine = make_story(make_user()), make_story(reader)
    assert reading.mark(reader.id, [theirs.id, mine.id], Mark.READ) == [mine.id]
    assert fresh(theirs).read_at is None


def test_one_request_names_from_one_to_two_hundred_stories(reader):
    ids = [make_story(reader).id]
    with pytest.raises(InvalidInput, match="at least one"):
        reading.mark(reader.id, [], Mark.READ)
    with pytest.raises(InvalidInput, match="up to 200"):
        reading.mark(reader.id, [*ids, *(make_user().id for _ in range(200))], Mark.READ)
    assert reading.mark(reader.id, ids * 300, Mark.READ) == ids


def place(story: NewsStory) -> Cursor:
    return Cursor(story.created_at, story.id)


def test_all_is_marked_up_to_what_was_seen_and_no_further(reader):
    old, seen = make_story(reader), make_story(reader)
    same_time = make_story(reader, created_at=seen.created_at)
    later = make_story(reader)
    theirs = make_story(make_user(), created_at=START - timedelta(days=9))
    newest = max((seen, same_time), key=lambda story: story.id)
    marked = reading.mark_all_read(reader.id, EVERYTHING, place(newest))
    assert (marked.count, marked.more) == (3, False)
    assert fresh(old).read_at == marked.at == fresh(seen).read_at
    assert fresh(later).read_at is None
    assert fresh(theirs).read_at is None


def test_all_of_a_view_is_only_that_view(reader):
    starred, other = make_story(reader, starred_at=START), make_story(reader)
    tagged = make_story(reader)
    tag = tags.give(reader.id, [tagged.id], ["a"])[0]
    last = place(make_story(reader))
    assert reading.mark_all_read(reader.id, Wanted(State.STARRED), last).count == 1
    assert fresh(starred).read_at
    assert reading.mark_all_read(reader.id, Wanted(tag_id=tag.id), last).count == 1
    assert fresh(tagged).read_at
    assert fresh(other).read_at is None


def test_marking_all_is_undone_without_touching_what_was_read_before(reader):
    before, waiting = make_story(reader, read_at=START), make_story(reader)
    marked = reading.mark_all_read(reader.id, EVERYTHING, place(waiting))
    assert marked.at
    assert reading.unmark_all(make_user().id, marked.at) == 0
    assert reading.unmark_all(reader.id, marked.at) == 1
    assert fresh(waiting).read_at is None
    assert fresh(before).read_at == START


def test_one_request_marks_a_bounded_number_and_says_that_there_are_more(reader, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    stories = [make_story(reader) for _ in range(3)]
    marked = reading.mark_all_read(reader.id, EVERYTHING, place(stories[-1]))
    assert (marked.count, marked.more) == (2, True)
    assert [bool(fresh(story).read_at) for story in stories] == [False, True, True]


def story_of(track) -> NewsStory:
    return fresh(db.session.get(NewsStory, track.news_id))


def test_hearing_nine_tenths_marks_the_story_as_read(reader):
    track = new_track(reader)
    listen(reader, track, LENGTH * 0.85)
    assert story_of(track).read_at is None
    listen(reader, track, LENGTH * 0.91)
    story = story_of(track)
    assert story.read_at is not None


def test_a_jump_to_the_end_is_not_hearing(reader):
    track = new_track(reader)
    listen(reader, track, LENGTH * 0.95, heard=3.0)
    assert story_of(track).read_at is None


def test_who_marks_it_as_unread_while_it_ends_is_not_overruled_but_a_second_hearing_counts(reader):
    track = new_track(reader)
    listen(reader, track, LENGTH * 0.91)
    reading.mark(reader.id, [track.news_id], Mark.UNREAD)
    listen(reader, track, LENGTH * 0.94)
    assert story_of(track).read_at is None
    listen(reader, track, 0, start_over=True)
    listen(reader, track, LENGTH * 0.95)
    assert story_of(track).read_at is not None


@pytest.mark.parametrize(("choice", "marked"), [("open", True), ("heard", True), ("never", False)])
def test_hearing_marks_only_if_its_reader_wants_that(reader, choice, marked):
    reading_habits.change(reader.id, mark_read=MarksRead(choice))
    track = new_track(reader)
    listen(reader, track, LENGTH)
    assert bool(story_of(track).read_at) is marked


def test_a_place_that_is_not_kept_marks_nothing(reader):
    track = new_track(reader)
    with db.session.begin_nested() as inner:
        playback.save(reader.id, track, Report(LENGTH, 0, LENGTH))
        inner.rollback()
    assert story_of(track).read_at is None


def test_a_narration_without_a_story_is_heard_in_peace(reader):
    row = make_track(reader, duration=LENGTH)
    listen(reader, playback.Listenable(row.id, None, LENGTH), LENGTH)


def test_habits_are_kept_beside_each_other_and_beside_other_preferences(reader):
    voice_choice.prefer(reader.id, voice_choice.Preference("espeak:en", 1.2))
    reading_habits.change(reader.id, sort=Sort.OLDEST)
    reading_habits.change(reader.id, keys=False)
    habits = Habits.of(preferences_of(reader.id, reading_habits.ABOUT))
    assert habits == Habits(Sort.OLDEST, MarksRead.OPENED, keys=False)
    assert voice_choice.preference_of(reader.id).speed == 1.2


@pytest.mark.parametrize("noted", [None, [], "x", {"sort": 3, "mark_read": "?", "keys": "?"}])
def test_habits_that_make_no_sense_are_the_usual_ones(noted):
    assert Habits.of(noted) == Habits()


def test_many_are_deleted_at_once_but_never_anothers(reader: User):
    mine, also, theirs = make_story(reader), make_story(reader), make_story(make_user())
    kept = make_asset(reader, mine)
    count, _ = news.remove_many(reader.id, [mine.id, also.id, theirs.id], with_media=False)
    db.session.commit()
    assert count == 2
    assert [story.id for story in db.session.query(NewsStory)] == [theirs.id]
    db.session.refresh(kept)
    assert kept.news_id is None
