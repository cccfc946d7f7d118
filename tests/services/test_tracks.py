"""Sounds come through the cache, which only ever holds what fits."""

import pytest

from extensions import cache, db
from models import AudioTrack
from queries.audio import find_sound
from services import tracks
from services.storage import connect, open_storage
from tests.factories import make_story, make_track, make_user
from tests.stored import SOUND, make_stored_track


@pytest.fixture
def track(reader):
    return make_stored_track(reader)


@pytest.fixture
def sound(track, reader):
    return find_sound(reader.id, track.id)


def read(sound, start=0, length=None):
    return b"".join(tracks.read(sound, start, len(SOUND) if length is None else length))


def test_the_second_fetch_does_not_ask_storage(sound, monkeypatch):
    assert read(sound) == SOUND
    assert cache.get(f"audio:{sound.id}") == SOUND
    monkeypatch.setattr(open_storage(), "open", None)

    assert read(sound) == SOUND
    assert read(sound, 1000, 500) == SOUND[1000:1500]


def test_a_part_fetched_first_brings_the_whole_into_the_cache(sound):
    assert read(sound, 5, 5) == SOUND[5:10]
    assert cache.get(f"audio:{sound.id}") == SOUND


def test_a_sound_too_big_for_the_cache_is_streamed(app, sound, monkeypatch, make_settings):
    monkeypatch.setitem(app.config, "SETTINGS", make_settings(cache_audio_bytes=len(SOUND) - 1))

    assert read(sound, 1000, 500) == SOUND[1000:1500]
    assert cache.get(f"audio:{sound.id}") is None


def test_the_size_in_storage_decides_when_the_row_has_none(app, reader, monkeypatch, make_settings):
    track = make_stored_track(reader, byte_size=0)
    monkeypatch.setitem(app.config, "SETTINGS", make_settings(cache_audio_bytes=1000))

    assert read(find_sound(reader.id, track.id), 7, 9) == SOUND[7:16]
    assert cache.get(f"audio:{track.id}") is None


def test_a_cut_or_foreign_entry_is_fetched_again(sound):
    for planted in (SOUND[:100], "text", {"a": 1}):
        cache.set(f"audio:{sound.id}", planted)
        assert read(sound) == SOUND


def test_what_was_just_made_can_be_remembered(sound, monkeypatch):
    tracks.remember(sound.id, SOUND)
    monkeypatch.setattr(open_storage(), "open", None)

    assert read(sound) == SOUND


def test_a_deleted_narration_leaves_nothing(track, reader, sound):
    read(sound)
    gone = tracks.delete(reader.id, track.id)
    assert open_storage().exists(track.storage_key)
    tracks.discard([gone])

    assert find_sound(reader.id, track.id) is None
    assert not open_storage().exists(gone.storage_key)
    assert cache.get(f"audio:{sound.id}") is None


def test_nobody_deletes_what_is_not_theirs(track):
    assert tracks.delete(make_user().id, track.id) is None
    assert db.session.get(AudioTrack, track.id)


def test_a_narration_kept_elsewhere_has_nothing_to_remove(reader):
    track = make_track(reader)

    tracks.discard([tracks.delete(reader.id, track.id)])


def test_a_storys_narrations_go_with_it(reader):
    story = make_story(reader)
    of_story = {make_stored_track(reader, story).id for _ in range(2)}
    other = make_stored_track(reader, make_story(reader))

    assert tracks.delete_of_story(make_user().id, story.id) == []
    gone = tracks.delete_of_story(reader.id, story.id)
    tracks.discard(gone)

    assert {track.id for track in gone} == of_story
    assert find_sound(reader.id, other.id)
    assert not any(open_storage().exists(track.storage_key) for track in gone)


def test_storage_that_is_away_leaves_the_sound_to_the_sweep(
    app, reader, track, monkeypatch, make_settings, caplog
):
    gone = tracks.delete(reader.id, track.id)
    away = make_settings(s3_bucket="b", s3_endpoint_url="http://127.0.0.1:9", s3_region="us-east-1")
    monkeypatch.setitem(app.extensions, "storage", connect(away))
    tracks.discard([gone])

    assert "left to the sweep" in caplog.text
