"""What only a folder can get wrong."""

import os
import resource
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from errors import StorageError
from services.storage import MEDIA, new_key
from services.storage.directory import INCOMING, DirectoryStorage

TEXT = "text/plain"


@pytest.fixture
def root(tmp_path):
    return tmp_path / "objects"


@pytest.fixture
def storage(root):
    return DirectoryStorage(root, "http://localhost")


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_seen_under_the_key_before_it_is_whole(storage):
    key = new_key(MEDIA)
    seen = []

    class Watched(BytesIO):
        def read(self, size=-1):
            seen.append(storage.exists(key))
            return super().read(size)

    storage.put(key, Watched(b"x" * 3_000_000), TEXT)

    assert seen.count(False) == len(seen) > 1
    assert storage.exists(key)


def test_a_disk_that_takes_no_more_is_said_so_and_nothing_stays(storage, root):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(StorageError, match="no room") as caught:
            storage.put(new_key(MEDIA), b"x" * 5_000_000, TEXT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert str(root) not in str(caught.value)
    assert files_below(root) == []


def test_a_folder_that_may_not_be_written_is_said_so():
    storage = DirectoryStorage(Path("/sys/kernel/earshot"), "http://localhost")

    with pytest.raises(StorageError, match="may not use its storage folder"):
        storage.put(new_key(MEDIA), b"x", TEXT)


def test_a_file_in_the_way_is_an_error_of_storage(storage, root):
    root.mkdir()
    (root / "media").write_text("in the way")

    with pytest.raises(StorageError):
        storage.put(new_key(MEDIA), b"x", TEXT)


def test_a_file_that_lost_its_end_is_not_taken_for_whole(storage, root):
    key = new_key(MEDIA)
    storage.put(key, b"x" * 200_000, TEXT)

    with storage.open(key) as body:
        os.truncate(root / key, 70_000)
        with pytest.raises(StorageError, match="shorter"):
            body.read()


def test_only_old_unfinished_files_are_removed(storage, root):
    storage.put(new_key(MEDIA), b"x", TEXT)
    old, young = root / INCOMING / "old", root / INCOMING / "young"
    old.touch()
    young.touch()
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))

    assert storage.remove_partial(timedelta(hours=1), dry_run=True) == 1
    assert old.exists()
    assert storage.remove_partial(timedelta(hours=1)) == 1
    assert not old.exists()
    assert young.exists()


def test_unfinished_and_foreign_files_are_not_listed(storage, root):
    key = new_key(MEDIA)
    storage.put(key, b"x", TEXT)
    (root / INCOMING / "unfinished").touch()
    (root / "media" / "with space").touch()

    assert [entry.key for entry in storage.list()] == [key]


def test_nobody_else_on_the_machine_can_read_what_is_stored(storage, root):
    key = new_key(MEDIA)
    storage.put(key, b"x", TEXT)

    assert (root / key).stat().st_mode & 0o077 == 0
    assert (root / key).parent.stat().st_mode & 0o077 == 0
