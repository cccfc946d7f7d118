"""The cache: shared, bounded, and never the reason that a page fails."""

import os
import pickle
import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from flask_caching import Cache
from redis import Redis

from config import Settings
from services.caching import cache_config

BYTES = bytes(range(256)) * 100


def open_cache(settings):
    """Return a cache such as each process opens for itself."""
    app = Flask("test")
    app.config.from_mapping(cache_config(settings))
    cache = Cache(app)
    with app.app_context():
        return cache.cache


@pytest.fixture(params=["files", "redis"])
def settings(request, tmp_path):
    if request.param == "files":
        return Settings(data_dir=tmp_path)
    return Settings(data_dir=tmp_path, redis_url=request.getfixturevalue("redis_server").url)


@pytest.fixture
def cache(settings):
    return open_cache(settings)


@pytest.mark.parametrize("value", [BYTES, b"", "text", 7, 1.5, True, [1, "a"], {"k": [None]}, ""])
def test_a_value_comes_back_as_it_was(cache, value):
    assert cache.set("key", value, timeout=60)

    assert cache.get("key") == value
    assert type(cache.get("key")) is type(value)


def test_processes_share_what_is_cached(cache, settings):
    cache.set("key", BYTES)

    assert open_cache(settings).get("key") == BYTES


def test_what_is_deleted_is_gone_for_every_process(cache, settings):
    other = open_cache(settings)
    cache.set("key", "value")

    assert other.delete("key")
    assert cache.get("key") is None
    assert not other.delete("key")


def test_a_value_expires(cache):
    cache.set("short", "value", timeout=1)
    cache.set("for good", "value", timeout=0)
    end = time.monotonic() + 30
    while cache.get("short") is not None and time.monotonic() < end:
        time.sleep(0.05)

    assert cache.get("short") is None
    assert not cache.has("short")
    assert cache.get("for good") == "value"


def test_of_several_who_add_one_wins(cache, settings):
    others = [open_cache(settings) for _ in range(8)]
    start = threading.Barrier(len(others))
    won = []

    def add(number, cache):
        start.wait()
        if cache.add("key", number, timeout=60):
            won.append(number)

    threads = [threading.Thread(target=add, args=pair) for pair in enumerate(others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    assert cache.get("key") == won[0]


def test_several_keys_at_once(cache):
    cache.set_many({"a": 1, "b": b"2"})

    assert cache.get_many("a", "missing", "b") == [1, None, b"2"]
    assert set(cache.delete_many("a", "b")) == {"a", "b"}
    assert cache.get_many("a", "b") == [None, None]


def test_a_value_that_json_cannot_hold_is_refused_aloud(cache):
    with pytest.raises(TypeError):
        cache.set("key", object())


def test_clearing_takes_only_what_is_ours(settings, cache):
    cache.set("key", "value")
    if settings.redis_url:
        client = Redis.from_url(settings.redis_url.get_secret_value())
        client.set("somebody", "else")
    cache.clear()

    assert cache.get("key") is None
    assert not settings.redis_url or client.get("somebody") == b"else"


class Planted:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path(os.environ["PLANTED"]),))


@pytest.mark.parametrize(
    "planted", [lambda: pickle.dumps(Planted()), lambda: b"!" + pickle.dumps(Planted()), bytes]
)
def test_a_planted_pickle_is_a_miss(settings, cache, planted, tmp_path, monkeypatch):
    mark = tmp_path / "it-ran"
    monkeypatch.setenv("PLANTED", str(mark))
    cache.set("key", "value", timeout=3600)
    if settings.redis_url:
        Redis.from_url(settings.redis_url.get_secret_value()).set("earshot:key", planted())
    else:
        cache._path("key").write_bytes(planted())
        os.utime(cache._path("key"), (time.time() + 60, time.time() + 60))

    assert cache.get("key") is None
    assert not mark.exists()


# Redis


def every_call(cache):
    return (
        cache.get("key"),
        cache.get_many("a", "b"),
        cache.has("key"),
        cache.set("key", BYTES),
        cache.add("key", 1),
        cache.set_many({"a": 1}),
        cache.delete("key"),
        cache.delete_many("a"),
        cache.clear(),
    )


MISSES = (None, [None, None], False, False, False, [], False, [], False)


@pytest.fixture
def remote(redis_server, tmp_path):
    return open_cache(Settings(data_dir=tmp_path, redis_url=redis_server.url))


def test_a_dead_redis_is_a_miss(redis_server, remote, caplog):
    remote.set("key", "value")
    redis_server.stop()

    assert every_call(remote) == MISSES
    assert "the cache is away" in caplog.text


def test_a_redis_that_was_never_there_is_a_miss(tmp_path):
    cache = open_cache(Settings(data_dir=tmp_path, redis_url="redis://127.0.0.1:9/0"))

    assert every_call(cache) == MISSES


def test_a_frozen_redis_is_asked_once_and_then_left_alone(redis_server, remote, monkeypatch):
    remote.set("key", "value")
    redis_server.freeze()
    try:
        assert remote.get("key") is None
        asked = remote._write_client.connection_pool.get_connection
        calls = []
        monkeypatch.setattr(
            remote._write_client.connection_pool,
            "get_connection",
            lambda *args, **options: calls.append(args) or asked(*args, **options),
        )

        assert every_call(remote) == MISSES
        assert calls == []
    finally:
        redis_server.thaw()


def test_a_redis_that_is_back_is_used_again(redis_server, remote):
    redis_server.stop()
    assert not remote.set("key", "value")
    redis_server.start()
    remote._away_until = 0

    assert remote.set("key", "value")
    assert remote.get("key") == "value"


def test_a_full_redis_is_a_miss(redis_server, remote):
    Redis(port=redis_server.port).config_set("maxmemory", "1mb")

    assert not remote.set("key", b"x" * 5_000_000)
    assert remote.get("key") is None


def test_redis_forgets_by_itself(redis_server, remote):
    remote.set("audio:1", BYTES, timeout=3600)
    remote.add("audio:2", BYTES, timeout=3600)
    client = Redis(port=redis_server.port)

    assert 3500 < client.ttl("earshot:audio:1") <= 3600
    assert 3500 < client.ttl("earshot:audio:2") <= 3600
