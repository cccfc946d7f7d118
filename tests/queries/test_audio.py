"""Reads of narrations and of what is stored, held to the SQL they document."""

import inspect
from datetime import timedelta

import pytest
from sqlalchemy import select, text

import scope
from extensions import db
from models import AudioAlignment, MediaAsset
from queries import audio, objects
from queries.paging import Cursor
from tests.conftest import queries_counted
from tests.factories import START, make_asset, make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def documented(function, **values):
    sql = inspect.getdoc(function).partition("SQL:")[2]
    return [tuple(row) for row in db.session.execute(text(sql), values)]


@pytest.fixture
def shelf():
    """Two readers with narrations: of stories with and without pictures, and of none."""
    reader, other = make_user(), make_user()
    story = make_story(reader, "With pictures")
    make_asset(reader, story, url="https://elsewhere.test/of/which/nothing/is/here.png")
    make_asset(reader, story, storage_key="media/of/reader", thumbnail_key="thumbnails/a")
    make_asset(reader, story)
    make_asset(reader, story, type="audio", storage_key="media/sound")
    make_track(reader, story, metadata_={"voiceId": "v", "modelId": "m", "peaks": [1, 2]})
    make_track(reader, make_story(reader, "Without"), storage_key="audio/one", byte_size=9)
    make_track(reader, text="Nobody's words. " * 30)
    make_track(other, make_story(other), storage_key="audio/other")
    return reader


def test_the_first_picture_that_can_be_shown_is_the_cover(shelf):
    shown = select(MediaAsset.id).where(MediaAsset.thumbnail_key == "thumbnails/a")
    assert audio.latest_tracks(shelf.id, 10)[-1].image_id == db.session.scalar(shown)


def test_the_list_agrees_with_its_documented_sql(shelf):
    expected = documented(audio.latest_tracks, user_id=shelf.id, limit=10)
    rows = audio.latest_tracks(shelf.id, 10)

    assert len(rows) == 3
    assert [
        (row.id, row.created_at, row.news_id, row.headline, row.opening, row.duration,
         row.byte_size, row.stored, row.voice, row.model, row.peaks or None, row.image_id)
        for row in rows
    ] == expected  # fmt: skip


def test_the_sound_agrees_with_its_documented_sql(shelf):
    for track in audio.latest_tracks(shelf.id, 10):
        sound = audio.find_sound(shelf.id, track.id)
        expected = documented(audio.find_sound, user_id=shelf.id, track_id=track.id)
        assert [
            (sound.id, sound.storage_key, sound.content_type, sound.byte_size,
             sound.created_at, sound.title)
        ] == expected  # fmt: skip


def test_the_list_of_keys_agrees_with_its_documented_sql(shelf):
    keys = list(objects.every_key())

    assert [(key,) for key in keys] == documented(objects.every_key)
    assert keys == sorted(keys)
    assert len(keys) == 5


def test_keys_are_found_wherever_they_stand(shelf):
    asked = ["media/of/reader", "thumbnails/a", "audio/one", "audio/other", "unknown"]

    assert objects.keys_in_use(asked) == set(asked) - {"unknown"}
    assert objects.keys_in_use([]) == set()
    assert objects.find_holder(shelf.id, "thumbnails/a").kind == "thumbnail"
    assert objects.find_holder(shelf.id, "audio/other") is None


def test_a_strangers_narration_is_not_found(shelf):
    stranger = make_user()
    for track in audio.latest_tracks(shelf.id, 10):
        assert audio.find_track(stranger.id, track.id) is None
        assert audio.find_sound(stranger.id, track.id) is None
        if track.news_id:
            assert audio.of_story(stranger.id, track.news_id) == []


def test_the_narrations_of_a_story_come_newest_first(shelf):
    story = make_story(shelf)
    first, second = make_track(shelf, story), make_track(shelf, story)

    assert [track.id for track in audio.of_story(shelf.id, story.id)] == [second.id, first.id]


def test_paging_leaves_out_and_repeats_nothing_when_times_are_equal():
    reader = make_user()
    for number in range(9):
        make_track(reader, created_at=START + timedelta(minutes=number // 4))
    seen, before = [], None
    while rows := audio.latest_tracks(reader.id, 2, before):
        seen += [row.id for row in rows]
        before = Cursor(rows[-1].created_at, rows[-1].id)

    assert len(seen) == len(set(seen)) == 9


def test_no_read_of_tracks_touches_alignments_or_whole_texts_of_lists(shelf):
    track = make_track(shelf, make_story(shelf))
    db.session.add(
        AudioAlignment(track_id=track.id, characters=["x"], start_times=[0], end_times=[1])
    )
    db.session.commit()
    with queries_counted() as statements:
        audio.latest_tracks(shelf.id, 10)
        audio.of_story(shelf.id, track.news_id)
        audio.find_track(shelf.id, track.id)
        audio.find_sound(shelf.id, track.id)

    assert "alignment" not in " ".join(statements)
    assert all("audio_tracks.text," not in one for one in statements[:2])


def test_a_reader_sees_nothing_of_others_even_without_an_owner_in_the_query(shelf):
    scope.enter(scope.READER, make_user().id)

    assert list(objects.every_key()) == []
    assert objects.keys_in_use(["audio/one"]) == set()
    scope.enter(scope.WORKER)
    assert len(list(objects.every_key())) == 5
