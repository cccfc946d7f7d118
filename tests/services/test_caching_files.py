"""The cache in a folder: bounded, private, whole values only."""

import os
import threading
import time

import pytest

from services.caching.files import LOCK, FileCache


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def values_in(folder):
    return [path for path in folder.iterdir() if path.name != LOCK]


def test_the_folder_stays_below_its_limit(folder):
    cache = FileCache(folder, limit=100_000)
    for number in range(60):
        cache.set(f"key {number}", b"x" * 10_000, timeout=100 + number)

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 100_000 * 9 / 8
    assert cache.get("key 59") == b"x" * 10_000
    assert cache.get("key 0") is None


def test_what_has_expired_goes_first(folder):
    cache = FileCache(folder, limit=100_000)
    cache.set("expired", b"x" * 40_000, timeout=60)
    os.utime(cache._path("expired"), (1, 1))
    cache.set("good", b"x" * 90_000, timeout=60)

    assert [path.stat().st_size for path in values_in(folder)] == [90_001]


def test_a_limit_holds_for_what_an_earlier_process_left(folder):
    earlier = FileCache(folder, limit=10**9)
    for number in range(20):
        earlier.set(f"key {number}", b"x" * 10_000)

    FileCache(folder, limit=50_000).set("key", "value")

    assert sum(path.stat().st_size for path in folder.iterdir()) <= 50_000


def test_a_write_that_was_cut_is_cleaned_up_later(folder):
    cache = FileCache(folder, limit=1000)
    cache.set("key", "value")
    for name, age in (("old.new", 7200), ("young.new", 60)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age, time.time() - age))

    cache.set("other", b"x" * 900)

    assert not (folder / "old.new").exists()
    assert (folder / "young.new").exists()


def test_a_folder_that_cannot_be_used_is_a_miss(tmp_path):
    (tmp_path / "cache").write_text("a file is in the way")
    cache = FileCache(tmp_path / "cache", limit=1000)

    assert cache.get("key") is None
    assert not cache.has("key")
    assert not cache.set("key", "value")
    assert not cache.add("key", "value")
    assert not cache.delete("key")
    assert cache.clear()


def test_nobody_else_on_the_machine_can_read_the_cache(folder):
    FileCache(folder, limit=1000).set("key", "value")

    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in values_in(folder))


def test_readers_never_see_half_a_value(folder):
    writer, reader = FileCache(folder, limit=10**9), FileCache(folder, limit=10**9)
    whole = {b"a" * 300_000, b"b" * 300_000}
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for value in whole:
                writer.set("key", value)

    thread = threading.Thread(target=write)
    thread.start()
    seen = {reader.get("key") for _ in range(300)}
    stop.set()
    thread.join()

    assert seen <= whole | {None}
