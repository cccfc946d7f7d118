"""The cache in Redis, whose outage is a miss."""

import logging
import time
from typing import Any, TypeVar

from flask import Flask
from flask_caching.backends.rediscache import RedisCache
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSlow
from redis.retry import Retry

from services.caching.serializer import SafeSerializer

log = logging.getLogger(__name__)
Result = TypeVar("Result")

PAUSE = 2.0
"""Seconds a Redis that didn't answer is left alone, so that it delays one request, not all."""


class SharedCache(RedisCache):
    """Redis for all processes; each call that fails gives what an empty cache would."""

    serializer = SafeSerializer()  # type: ignore[assignment]
    _away_until = 0.0

    @classmethod
    def factory(
        cls,
        app: Flask,  # noqa: ARG003  (flask-caching passes them all)
        config: dict[str, Any],
        args: list[Any],  # noqa: ARG003
        kwargs: dict[str, Any],  # noqa: ARG003
    ) -> "SharedCache":
        """Return the cache at CACHE_REDIS_URL; nothing is connected yet."""
        client = Redis.from_url(
            config["CACHE_REDIS_URL"],
            socket_connect_timeout=0.25,
            # Also the most that sending one sound may take.
            socket_timeout=0.5,
            retry=Retry(NoBackoff(), 0),
        )
        return cls(
            client,
            default_timeout=config["CACHE_DEFAULT_TIMEOUT"],
            key_prefix=config["CACHE_KEY_PREFIX"],
            ignore_delete_many_errors=True,
        )

    def _try(self, method: Any, fallback: Result, *args: Any) -> Result:
        if time.monotonic() < self._away_until:
            return fallback
        try:
            result: Result = method(self, *args)
        except (RedisAway, RedisSlow) as error:
            self._away_until = time.monotonic() + PAUSE
            log.warning("the cache is away: %s", error.__class__.__name__)
            return fallback
        except RedisError as error:
            log.warning("the cache refused: %s", error)
            return fallback
        return result

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        return self._try(RedisCache.get, None, key)

    def get_many(self, *keys: str) -> list[Any]:
        """Return the values in order, None for each that is missing."""
        return self._try(RedisCache.get_many, [None] * len(keys), *keys)

    def has(self, key: str) -> bool:
        """Say whether there is a value."""
        return self._try(RedisCache.has, False, key)

    def set(self, key: str, value: Any, timeout: Any = None) -> bool:
        """Keep a value for `timeout` seconds; say whether it was kept."""
        return bool(self._try(RedisCache.set, False, key, value, timeout))

    def set_many(self, mapping: dict[str, Any], timeout: Any = None) -> list[Any]:
        """Keep several values; return the keys of those that were kept."""
        return self._try(RedisCache.set_many, [], mapping, timeout)

    def add(self, key: str, value: Any, timeout: Any = None) -> bool:
        """Keep a value unless there is one; say whether it was kept."""
        return bool(self._try(_set_if_absent, False, key, value, timeout))

    def delete(self, key: str) -> bool:
        """Forget a value; say whether there was one."""
        return self._try(RedisCache.delete, False, key)

    def delete_many(self, *keys: str) -> list[Any]:
        """Forget several values; return the keys that are gone."""
        return self._try(RedisCache.delete_many, [], *keys)

    def unlink(self, *keys: str) -> Any:
        """Forget several values without waiting; return how many there were."""
        return self._try(RedisCache.unlink, 0, *keys)

    def clear(self) -> bool:
        """Forget everything under our prefix; say whether there was anything."""
        return self._try(RedisCache.clear, False)


def _set_if_absent(cache: SharedCache, key: str, value: Any, timeout: Any) -> Any:
    """Set and expire in one command, so that a crash between two can't keep it for ever."""
    seconds = cache._normalize_timeout(timeout)
    return cache._write_client.set(
        f"{cache._get_prefix()}{key}",
        cache.serializer.dumps(value),
        ex=seconds if seconds > 0 else None,
        nx=True,
    )
