"""Stored files: a folder by default, any S3 when a bucket is named.

Keys are random and never reused. Put an object first, then commit the row that names it:
a row never points at nothing, and `flask storage sweep` removes what a failure left behind.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Protocol

from flask import current_app

from config import Settings, settings
from services.storage.objects import (
    ARCHIVES,
    AUDIO,
    MEDIA,
    THUMBNAILS,
    ObjectBody,
    Source,
    StoredObject,
    new_key,
)

__all__ = [
    "ARCHIVES",
    "AUDIO",
    "MEDIA",
    "THUMBNAILS",
    "ObjectBody",
    "Source",
    "Storage",
    "StoredObject",
    "connect",
    "new_key",
    "open_storage",
]


class Storage(Protocol):
    """Where the bytes of media and narrations are; safe to share between threads.

    Every method may raise StorageError, whose text a user may read. A key that could leave
    the storage is refused by all of them.
    """

    def put(self, key: str, source: Source, content_type: str) -> None:
        """Store `source` under `key`: wholly and for good, or not at all.

        A stream is read from where it stands to its end, and stays open.
        """

    def open(self, key: str, start: int = 0, length: int | None = None) -> ObjectBody:
        """Return the object's bytes from `start`, at most `length` of them.

        The object is found before this returns; the bytes come as they are read.

        Raises:
            ObjectMissing: nothing is stored under `key`.
            StorageError: it starts behind the end, or storage failed.
        """

    def size(self, key: str) -> int:
        """Return the object's size in bytes.

        Raises:
            ObjectMissing: nothing is stored under `key`.
        """

    def exists(self, key: str) -> bool:
        """Say whether something is stored under `key`."""

    def delete(self, key: str) -> None:
        """Remove the object; harmless when there is none."""

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Yield the objects whose keys start with `prefix`, in order of their keys.

        Only a page or a folder is in memory at a time. Objects whose names could not be
        keys are passed over.
        """

    def url(self, key: str) -> str:
        """Return the full address of the object, for `url` columns; it grants nothing."""

    def remove_partial(self, older_than: timedelta, *, dry_run: bool = False) -> int:
        """Remove what interrupted puts left unfinished, and return how many there were."""


def connect(values: Settings) -> Storage:
    """Return the storage that the settings describe."""
    # Imported here because boto3 takes 20 MB that a site on one disk has no use for.
    if values.s3_bucket:
        from services.storage.s3 import S3Storage

        return S3Storage.from_settings(values, values.s3_bucket)
    from services.storage.directory import DirectoryStorage

    return DirectoryStorage(values.folder / "objects", values.public_url)


def open_storage() -> Storage:
    """Return the current app's storage, made once and shared by its threads."""
    extensions = current_app.extensions
    if "storage" not in extensions:
        extensions.setdefault("storage", connect(settings()))
    storage: Storage = extensions["storage"]
    return storage
