"""Settings of flask-caching: files by default, Redis when there is one.

Nothing here can break a page: a cache that is full, broken or away is a miss. Processes
share what is cached. Cache only what its reader was checked for, under a key that says whose.
"""

from typing import Any

from config import Settings
from services.caching.serializer import SafeSerializer

MINUTE = 60
HOUR = 60 * MINUTE


def cache_config(settings: Settings) -> dict[str, Any]:
    """Return what flask-caching looks for in `app.config`."""
    shared: dict[str, Any] = {
        "CACHE_DEFAULT_TIMEOUT": MINUTE,
        "CACHE_KEY_PREFIX": "earshot:",
        "CACHE_SERIALIZER": SafeSerializer,
    }
    if settings.redis_url:
        return shared | {
            "CACHE_TYPE": "services.caching.shared.SharedCache",
            "CACHE_REDIS_URL": settings.redis_url.get_secret_value(),
        }
    return shared | {
        "CACHE_TYPE": "services.caching.files.FileCache",
        "CACHE_DIR": str(settings.folder / "cache"),
        # A few of the largest sounds, or an evening's worth of the usual ones.
        "CACHE_THRESHOLD": max(512 * 1024 * 1024, 8 * settings.cache_audio_bytes),
    }
