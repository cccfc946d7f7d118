"""The sweep removes what belongs to nothing, and nothing else."""

from datetime import timedelta

import pytest

import services.storage.sweep
from errors import Conflict
from extensions import db
from models import AudioTrack
from services.storage import AUDIO, MEDIA, THUMBNAILS, connect, new_key
from services.storage.sweep import sweep
from tests.conftest import queries_counted
from tests.factories import make_asset, make_track, make_user

AT_ONCE = timedelta(hours=-1)
TEXT = "text/plain"


@pytest.fixture(params=["directory", "s3"])
def storage(request, tmp_path, make_settings, transaction):
    if request.param == "directory":
        return connect(make_settings())
    return connect(request.getfixturevalue("s3_service").settings(tmp_path))


def put(storage, kind=MEDIA):
    key = new_key(kind, "bin")
    storage.put(key, b"1234", TEXT)
    return key


def run(storage, **options):
    options.setdefault("older_than", AT_ONCE)
    return [(found.what, found.key) for found in sweep(storage, **options)]


def test_what_rows_name_stays_and_the_rest_goes(storage):
    reader = make_user()
    asset = make_asset(reader, storage_key=put(storage), thumbnail_key=put(storage, THUMBNAILS))
    track = make_track(reader, storage_key=put(storage, AUDIO))
    orphans = sorted(put(storage, kind) for kind in (AUDIO, MEDIA, MEDIA, THUMBNAILS))

    assert run(storage) == [("orphan", key) for key in orphans]
    kept = {asset.storage_key, asset.thumbnail_key, track.storage_key}
    assert {entry.key for entry in storage.list()} == kept
    assert run(storage) == []


def test_everyones_rows_count(storage):
    keys = [make_asset(make_user(), storage_key=put(storage)).storage_key for _ in range(3)]

    assert run(storage) == []
    assert sorted(keys) == [entry.key for entry in storage.list()]


def test_a_row_without_its_object_is_reported_and_kept(storage):
    reader = make_user()
    lost = make_track(reader, storage_key=new_key(AUDIO, "mp3"))
    make_asset(reader, storage_key=put(storage))

    assert run(storage) == [("missing", lost.storage_key)]
    assert db.session.get(AudioTrack, lost.id)


def test_a_trial_run_finds_the_same_and_removes_nothing(storage):
    make_asset(make_user(), storage_key=put(storage))
    orphan = put(storage)

    assert run(storage, dry_run=True) == [("orphan", orphan)]
    assert storage.exists(orphan)


def test_young_objects_are_left_alone(storage):
    make_asset(make_user(), storage_key=put(storage))
    put(storage)

    assert run(storage, older_than=timedelta(hours=1)) == []


def test_names_that_we_did_not_make_are_left_alone(storage):
    make_asset(make_user(), storage_key=put(storage))
    for name in ("media/holiday.jpg", "audio/ab/cd/notes.txt", "backup", "other/ab/cd/x"):
        storage.put(name, b"x", TEXT)

    assert run(storage) == []
    assert storage.exists("media/holiday.jpg")


def test_a_row_may_name_an_object_of_another_shape(storage):
    storage.put("legacy/one.mp3", b"x", TEXT)
    make_track(make_user(), storage_key="legacy/one.mp3")
    make_track(make_user(), storage_key="not\na key")

    assert run(storage) == []


def test_a_database_without_rows_looks_like_the_wrong_one(storage):
    orphan = put(storage)

    with pytest.raises(Conflict, match="right database"):
        run(storage)
    assert storage.exists(orphan)
    assert run(storage, dry_run=True) == [("orphan", orphan)]
    assert run(storage, force=True) == [("orphan", orphan)]


def test_nothing_stored_is_nothing_to_do(storage):
    assert run(storage) == []


def test_a_row_that_came_while_sweeping_saves_its_object(storage):
    reader = make_user()
    make_asset(reader, storage_key=put(storage))
    key = put(storage)
    listing = storage.list

    def commit_meanwhile(prefix):
        yield from listing(prefix)
        if prefix == "thumbnails/":
            make_asset(reader, storage_key=key)

    storage.list = commit_meanwhile

    assert run(storage) == []
    assert storage.exists(key)


def test_more_than_a_batch_takes_few_statements(make_settings, transaction, monkeypatch):
    monkeypatch.setattr(services.storage.sweep, "BATCH", 20)
    storage = connect(make_settings())
    make_asset(make_user(), storage_key=put(storage))
    orphans = sorted(put(storage) for _ in range(45))

    with queries_counted() as statements:
        found = run(storage)

    assert found == [("orphan", key) for key in orphans]
    assert len([one for one in statements if "FROM media_assets" in one]) == 4
