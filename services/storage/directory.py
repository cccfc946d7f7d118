"""Objects as files below one folder."""

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from errors import ObjectMissing, StorageError
from services.storage.objects import (
    CHUNK,
    ObjectBody,
    Source,
    StoredObject,
    check_key,
    is_key,
    reading,
    span,
)

log = logging.getLogger(__name__)

INCOMING = ".incoming"
"""Folder for files being written; in the same file system, so that a rename is atomic."""

_WORDS = {
    errno.ENOSPC: "There is no room left to store files. Whoever runs this site can make some.",
    errno.EACCES: "This site may not use its storage folder. Whoever runs it can mend that.",
}
_SAME = {
    errno.EDQUOT: errno.ENOSPC,
    errno.EFBIG: errno.ENOSPC,
    errno.EPERM: errno.EACCES,
    errno.EROFS: errno.EACCES,
}


class DirectoryStorage:
    """A folder that keeps each object in a file of the key's name."""

    def __init__(self, root: Path, site: str) -> None:
        """Keep objects below `root`; `site` is the address that `url` starts with."""
        self._root = root
        self._site = site

    def put(self, key: str, source: Source, content_type: str) -> None:  # noqa: ARG002
        """Write a file on the side, make it durable, then move it to its name."""
        path = self._path(key)
        with _translate(key), reading(source) as stream:
            _make_folder(self._root / INCOMING)
            unfinished = self._root / INCOMING / secrets.token_hex(16)
            try:
                with _create(unfinished) as file:
                    while chunk := stream.read(CHUNK * 16):
                        file.write(chunk)
                    file.flush()
                    os.fsync(file.fileno())
                _make_folder(path.parent)
                unfinished.rename(path)
                _sync_folder(path.parent)
            except BaseException:
                with suppress(OSError):
                    unfinished.unlink(missing_ok=True)
                raise

    def open(self, key: str, start: int = 0, length: int | None = None) -> ObjectBody:
        """Open the file at `start`."""
        with _translate(key, missing=True):
            # Unbuffered: chunks are large, and a second copy of each would buy nothing.
            file = self._path(key).open("rb", buffering=0)
        try:
            wanted = span(start, length, os.fstat(file.fileno()).st_size)
            file.seek(start)
        except BaseException:
            file.close()
            raise
        return ObjectBody(file, wanted, lambda: _translate(key))

    def size(self, key: str) -> int:
        """Return the file's size."""
        with _translate(key, missing=True):
            return self._path(key).stat().st_size

    def exists(self, key: str) -> bool:
        """Say whether the file is there."""
        with _translate(key):
            return self._path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove the file."""
        with _translate(key), suppress(FileNotFoundError, NotADirectoryError):
            self._path(key).unlink()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Walk the folders, one in memory at a time."""
        with _translate(prefix):
            yield from self._walk("", prefix)

    def url(self, key: str) -> str:
        """Return the site's own address of the object."""
        return f"{self._site}/objects/{check_key(key)}"

    def remove_partial(self, older_than: timedelta, *, dry_run: bool = False) -> int:
        """Remove files that no put can still be writing."""
        limit = time.time() - older_than.total_seconds()
        found = 0
        with _translate(INCOMING), suppress(FileNotFoundError):
            for entry in os.scandir(self._root / INCOMING):
                with suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime < limit:
                        found += 1
                        if not dry_run:
                            Path(entry.path).unlink()
        return found

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _walk(self, folder: str, prefix: str) -> Iterator[StoredObject]:
        try:
            with os.scandir(self._root / folder) as entries:
                # With its slash, a folder sorts where the keys inside it belong.
                names = sorted(
                    entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
                )
        except FileNotFoundError:
            return
        for name in names:
            key = folder + name
            if not (key.startswith(prefix) or prefix.startswith(key)):
                continue
            if key.endswith("/"):
                yield from self._walk(key, prefix)
            elif key.startswith(prefix) and is_key(key):
                with suppress(FileNotFoundError):
                    found = (self._root / key).stat()
                    modified = datetime.fromtimestamp(found.st_mtime, UTC)
                    yield StoredObject(key, found.st_size, modified)


def _create(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translate(key: str, *, missing: bool = False) -> Iterator[None]:
    """Turn the system's errors into ours; with `missing`, no file is its own kind."""
    try:
        yield
    except OSError as error:
        if missing and isinstance(
            error, FileNotFoundError | NotADirectoryError | IsADirectoryError
        ):
            raise ObjectMissing("That file is no longer available.") from error
        log.error("storage folder: %s: %s", key, error.strerror or error.__class__.__name__)
        code = _SAME.get(error.errno or 0, error.errno or 0)
        words = _WORDS.get(code, "Storage is not answering right now. Try again in a moment.")
        raise StorageError(words) from error
