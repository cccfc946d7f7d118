"""Storing, attaching and deleting: rows and objects always agree."""

from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import scope
from errors import Conflict, NotFound, StorageError
from extensions import db
from models import MediaAsset
from queries import media as media_queries
from services import media, uploads
from services.storage import open_storage
from services.storage.directory import DirectoryStorage
from tests import samples
from tests.factories import make_asset, make_story, make_user

LIMITS = uploads.Limits(10_000_000, 10_000_000, 10_000_000)


class Failing(DirectoryStorage):
    """A folder that refuses the object put as number `at`, and all after it."""

    def __init__(self, root, at):
        super().__init__(root, "http://localhost")
        self.at = at
        self.count = 0

    def put(self, key, source, content_type):
        self.count += 1
        if self.count >= self.at:
            raise StorageError("Storage is not answering right now.")
        super().put(key, source, content_type)


@pytest.fixture
def storage(tmp_path):
    return DirectoryStorage(tmp_path, "http://localhost")


def picture(size=(64, 48), name="loaf.png"):
    return uploads.examine(BytesIO(samples.image("PNG", size)), name, LIMITS)


def sound(name="dawn.flac"):
    return uploads.examine(BytesIO(samples.sound("FLAC")), name, LIMITS)


def row(media_id):
    return db.session.scalar(
        select(MediaAsset)
        .where(MediaAsset.id == media_id)
        .execution_options(populate_existing=True)
    )


def count_rows(owner):
    return len(db.session.scalars(select(MediaAsset).where(MediaAsset.user_id == owner.id)).all())


def test_a_stored_picture_has_its_objects_and_a_row_that_names_them(reader, storage):
    prepared = picture()
    body = prepared.body.read()
    prepared.body.seek(0)

    with media.batch(storage) as batch:
        media_id = batch.store(reader.id, prepared)
        db.session.commit()

    asset = row(media_id)
    with storage.open(asset.storage_key) as stored, storage.open(asset.thumbnail_key) as small:
        assert stored.read() == body
        assert small.read() == prepared.thumbnail
    assert asset.url == storage.url(asset.storage_key)
    assert asset.url.startswith("http://")
    assert asset.byte_size == len(body) + len(prepared.thumbnail)
    assert asset.metadata_["file_size"] == len(body)
    assert asset.metadata_["thumbnail_size"] == len(prepared.thumbnail)
    assert (asset.type, asset.content_type, asset.title) == ("image", "image/png", "loaf")
    assert asset.sha256 == prepared.sha256


def test_a_stored_sound_keeps_its_bytes_and_its_waveform(reader, storage):
    with media.batch(storage) as batch:
        media_id = batch.store(reader.id, sound())
        db.session.commit()

    found = media_queries.find_asset(reader.id, media_id)
    assert storage.size(row(media_id).storage_key) == len(samples.sound("FLAC"))
    assert (found.type, found.stored, found.has_thumbnail) == ("audio", True, False)
    assert found.duration == 1.0
    assert len(found.peaks) == 96


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_when_storage_fails_midway_nothing_stays(reader, tmp_path, at):
    failing = Failing(tmp_path, at)
    story = make_story(reader)

    with pytest.raises(StorageError), media.batch(failing) as batch:
        batch.store_for_story(reader.id, story.id, [picture(), sound(), picture((9, 9))])
        db.session.commit()
    db.session.rollback()

    assert list(failing.list()) == []
    assert count_rows(reader) == 0


def test_when_the_commit_fails_nothing_stays(reader, storage):
    with pytest.raises(RuntimeError), media.batch(storage) as batch:
        batch.store(reader.id, picture())
        raise RuntimeError("the commit was refused")
    db.session.rollback()

    assert list(storage.list()) == []
    assert count_rows(reader) == 0


def test_when_nobody_knows_whether_the_commit_happened_the_objects_stay(reader, storage):
    lost = OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)

    with pytest.raises(OperationalError), media.batch(storage) as batch:
        batch.store(reader.id, picture())
        raise lost

    assert len(list(storage.list())) == 2


def test_a_failure_to_clean_up_does_not_hide_the_failure_itself(reader, tmp_path, caplog):
    class Dead(Failing):
        def delete(self, key):
            raise StorageError("Storage is not answering right now.")

    with pytest.raises(StorageError), media.batch(Dead(tmp_path, 2)) as batch:
        batch.store(reader.id, picture())

    assert "left to the sweep" in caplog.text


def test_files_of_one_form_keep_their_order(reader, storage):
    story = make_story(reader)
    names = [f"{index}.png" for index in range(6)]

    with media.batch(storage) as batch:
        files = [picture((10 + index, 10), name) for index, name in enumerate(names)]
        batch.store_for_story(reader.id, story.id, files)
        db.session.commit()

    found = media_queries.of_story(reader.id, story.id)
    assert [asset.original_name for asset in found] == names


def test_bytes_that_wait_in_the_library_are_used_for_the_story(reader, storage):
    story = make_story(reader)
    with media.batch(storage) as batch:
        waiting = batch.store(reader.id, picture())
        db.session.commit()

    with media.batch(storage) as batch:
        ids = batch.store_for_story(reader.id, story.id, [picture()])
        db.session.commit()

    assert ids == [waiting]
    assert row(waiting).news_id == story.id
    assert count_rows(reader) == 1


def test_bytes_of_another_story_are_stored_once_more(reader, storage):
    first, second = make_story(reader), make_story(reader)
    for story in (first, second, second):
        with media.batch(storage) as batch:
            batch.store_for_story(reader.id, story.id, [picture(), picture()])
            db.session.commit()

    assert len(media_queries.of_story(reader.id, first.id)) == 1
    assert len(media_queries.of_story(reader.id, second.id)) == 1


def test_bytes_of_another_reader_are_nobodys_duplicate(reader, storage):
    with media.batch(storage) as batch:
        batch.store(make_user().id, picture())
        db.session.commit()

    assert media_queries.find_by_sha256(reader.id, picture().sha256) is None


def test_assets_from_the_library_are_given_to_a_story(reader):
    story = make_story(reader)
    assets = [make_asset(reader), make_asset(reader, type="audio")]

    media.attach(reader.id, [asset.id for asset in assets] * 2, story.id)

    assert [asset.id for asset in media_queries.of_story(reader.id, story.id)] == [
        asset.id for asset in assets
    ]
    assert media_queries.library(reader.id, unused=True) == []


def test_an_asset_of_another_story_is_not_taken_from_it(reader):
    asset = make_asset(reader, make_story(reader), title="Loaf")

    with pytest.raises(Conflict, match=r"Loaf belongs to another story"):
        media.attach(reader.id, [asset.id], make_story(reader).id)


def test_a_strangers_asset_is_never_attached_changed_or_deleted(reader):
    theirs = make_asset(make_user(), title="Theirs")
    story = make_story(reader)

    for attempt in (
        lambda: media.attach(reader.id, [theirs.id], story.id),
        lambda: media.detach(reader.id, theirs.id),
        lambda: media.edit(reader.id, theirs.id, "Mine", ""),
        lambda: media.delete_asset(reader.id, theirs.id, even_if_used=True),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert (row(theirs.id).title, row(theirs.id).news_id) == ("Theirs", None)


def test_an_asset_in_use_is_deleted_only_when_that_is_meant(reader):
    story = make_story(reader, "Bread day")
    asset = make_asset(reader, story, storage_key="media/aa/bb/key", title="Loaf")

    with pytest.raises(media.InUse, match=r"Loaf belongs to the story “Bread day”"):
        media.delete_asset(reader.id, asset.id)
    assert media.delete_asset(reader.id, asset.id, even_if_used=True) == ["media/aa/bb/key"]
    assert media_queries.find_asset(reader.id, asset.id) is None


def test_an_unused_asset_is_deleted_and_its_keys_are_told(reader):
    asset = make_asset(reader, storage_key="media/k", thumbnail_key="thumbnails/k")

    assert media.delete_asset(reader.id, asset.id) == ["media/k", "thumbnails/k"]


def test_a_detached_asset_waits_in_the_library(reader):
    story = make_story(reader)
    first, second = make_asset(reader, story), make_asset(reader, story)

    media.detach(reader.id, first.id)
    assert row(first.id).news_id is None
    media.detach_all(reader.id, story.id)
    assert row(second.id).news_id is None


def test_deleting_all_of_a_story_tells_every_key(reader):
    story, other = make_story(reader), make_story(reader)
    make_asset(reader, story, storage_key="media/a", thumbnail_key="thumbnails/a")
    make_asset(reader, story, storage_key="media/b")
    make_asset(reader, story)
    kept = make_asset(reader, other, storage_key="media/c")

    assert sorted(media.delete_all(reader.id, story.id)) == ["media/a", "media/b", "thumbnails/a"]
    assert media.delete_all(make_user().id, other.id) == []
    assert row(kept.id) is not None


def test_the_second_wall_stands_behind_every_change(reader, storage):
    theirs = make_asset(make_user(), title="Theirs")
    owner_id, media_id = theirs.user_id, theirs.id
    with scope.acting(scope.READER, reader.id):
        with pytest.raises(NotFound):
            media.edit(owner_id, media_id, "Mine", "")
        with media.batch(storage) as batch:
            assert batch.store(reader.id, picture())


def test_the_apps_own_storage_is_used_the_same_way(app, reader):
    with media.batch(open_storage()) as batch:
        media_id = batch.store(reader.id, picture())
        db.session.commit()
    keys = media.delete_asset(reader.id, media_id)
    db.session.commit()
    media.delete_objects(open_storage(), keys)

    assert not any(open_storage().exists(key) for key in keys)
