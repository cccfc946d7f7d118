"""The cache in a folder, shared by the processes of one machine."""

import fcntl
import hashlib
import logging
import math
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching.backends.base import BaseCache

from services.caching.serializer import SafeSerializer

log = logging.getLogger(__name__)

UNFINISHED = ".new"
LOCK = ".lock"
FOR_EVER = 2**32
"""An expiry no clock reaches in our time; seconds since 1970."""


class FileCache(BaseCache):
    """Keeps each value in a file whose modification time is the moment it expires.

    A value is read whole or not at all, also while another process writes it. The folder
    stays below `limit` bytes, give or take an eighth for each process: what has expired
    goes first, then what would expire next. An error of the file system is a miss.
    """

    def __init__(self, folder: Path, limit: int, default_timeout: int = 300) -> None:
        """Keep at most `limit` bytes in `folder`, which is nobody else's."""
        super().__init__(default_timeout, ignore_delete_many_errors=True)
        self.serializer = SafeSerializer()
        self._folder = folder
        self._limit = limit
        # Starts full, so that the first write looks at what an earlier process left.
        self._since_pruned = limit

    @classmethod
    def factory(
        cls,
        app: Flask,  # noqa: ARG003  (flask-caching passes them all)
        config: dict[str, Any],
        args: list[Any],  # noqa: ARG003
        kwargs: dict[str, Any],  # noqa: ARG003
    ) -> "FileCache":
        """Return the cache in CACHE_DIR that holds CACHE_THRESHOLD bytes."""
        return cls(
            Path(config["CACHE_DIR"]),
            config["CACHE_THRESHOLD"],
            config["CACHE_DEFAULT_TIMEOUT"],
        )

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        try:
            with self._path(key).open("rb") as file:
                if os.fstat(file.fileno()).st_mtime <= time.time():
                    return None
                return self.serializer.load(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("the cache could not be read: %s", error.strerror)
            return None

    def has(self, key: str) -> bool:
        """Say whether there is a value."""
        try:
            return self._path(key).stat().st_mtime > time.time()
        except OSError:
            return False

    def set(self, key: str, value: Any, timeout: Any = None) -> bool:
        """Keep a value for `timeout` seconds, 0 for good; say whether it was kept."""
        seconds = self._normalize_timeout(timeout)
        expires = time.time() + seconds if seconds > 0 else FOR_EVER
        path = self._path(key)
        unfinished = path.with_name(secrets.token_hex(8) + UNFINISHED)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(handle, "wb") as file:
                    self.serializer.dump(value, file)
                    size = file.tell()
                os.utime(unfinished, (expires, expires))
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            log.warning("the cache could not be written: %s", error.strerror)
            return False
        self._since_pruned += size
        if self._since_pruned > self._limit // 8:
            self._prune()
        return True

    def add(self, key: str, value: Any, timeout: Any = None) -> bool:
        """Keep a value unless there is one; of several at once, one is kept."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / LOCK).open("wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                return not self.has(key) and self.set(key, value, timeout)
        except OSError as error:
            log.warning("the cache could not be locked: %s", error.strerror)
            return False

    def delete(self, key: str) -> bool:
        """Forget a value; say whether there was one."""
        try:
            self._path(key).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            log.warning("the cache could not be cleaned: %s", error.strerror)
            return False
        return True

    def clear(self) -> bool:
        """Forget everything."""
        for path, _, _ in self._entries():
            with suppress(OSError):
                path.unlink()
        return True

    def _path(self, key: str) -> Path:
        return self._folder / hashlib.sha256(key.encode()).hexdigest()

    def _prune(self) -> None:
        """Make room; two processes doing so at once is harmless."""
        self._since_pruned = 0
        now = time.time()
        total = 0
        for path, size, expires in sorted(self._entries(), key=lambda entry: -entry[2]):
            total += size
            if expires <= now or total > self._limit:
                with suppress(OSError):
                    path.unlink()

    def _entries(self) -> list[tuple[Path, int, float]]:
        """Return path, size and expiry of every value, and of every cut write of long ago."""
        found: list[tuple[Path, int, float]] = []
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                if entry.name == LOCK:
                    continue
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    expires = status.st_mtime
                    if entry.name.endswith(UNFINISHED):
                        # Its time is still that of the last byte written.
                        expires = 0 if time.time() - status.st_mtime > 3600 else math.inf
                    found.append((Path(entry.path), status.st_size, expires))
        return found
