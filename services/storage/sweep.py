"""What failures leave behind: objects without a row, and rows without their object."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Literal

from errors import Conflict
from extensions import db
from queries import objects as object_queries
from services.storage import Storage, StoredObject
from services.storage.objects import KINDS, is_key, is_ours

BATCH = 500
UNFINISHED_AFTER = timedelta(hours=1)
"""No upload to storage takes that long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An object that no row names, or a row's key with nothing under it (size 0)."""

    what: Literal["orphan", "missing"]
    key: str
    size: int = 0


def remove_unfinished(storage: Storage, *, dry_run: bool = False) -> int:
    """Remove what interrupted uploads left in storage, and return how many there were."""
    return storage.remove_partial(UNFINISHED_AFTER, dry_run=dry_run)


def sweep(
    storage: Storage, *, older_than: timedelta, dry_run: bool = False, force: bool = False
) -> Iterator[Finding]:
    """Remove the objects that no row names and yield them, with rows whose object is missing.

    Rows are only reported. Objects younger than `older_than` may belong to a transaction
    that has not committed, and names that we didn't make belong to somebody else: both are
    left alone. Millions of objects take constant memory, and no transaction is open while
    storage works. Needs scope.WORKER or scope.OWNER; rolls back what the session holds.

    Raises:
        Conflict: no row names anything and there are objects, which looks like the wrong
            database; `force` removes them all the same.
        StorageError: storage failed; what was yielded until then is done.
    """
    limit = datetime.now(UTC) - older_than
    with tempfile.TemporaryFile("w+") as names:
        count = _write_keys(names)
        db.session.rollback()
        names.seek(0)
        orphans: list[StoredObject] = []
        missing: list[str] = []
        for entry, key in _side_by_side(_listing(storage), (line[:-1] for line in names)):
            if entry and is_ours(entry.key) and entry.modified < limit:
                if not (count or force or dry_run):
                    raise Conflict(
                        "There are stored files, but no row names a single one. Is this the"
                        " right database? With --force they are removed all the same."
                    )
                orphans.append(entry)
            elif key:
                missing.append(key)
            if len(orphans) == BATCH:
                yield from _remove(storage, orphans, dry_run)
                orphans.clear()
            if len(missing) == BATCH:
                yield from _report(storage, missing)
                missing.clear()
        yield from _remove(storage, orphans, dry_run)
        yield from _report(storage, missing)


def _write_keys(names: IO[str]) -> int:
    count = 0
    for key in object_queries.every_key():
        # What can't be a key can't be stored either, and might hold a line break.
        if is_key(key):
            names.write(f"{key}\n")
        count += 1
    return count


def _listing(storage: Storage) -> Iterator[StoredObject]:
    for kind in KINDS:
        yield from storage.list(f"{kind}/")


def _side_by_side(
    objects: Iterator[StoredObject], keys: Iterator[str]
) -> Iterator[tuple[StoredObject | None, str | None]]:
    """Walk two lists in the same order; yield what only one of them has."""
    entry, key = next(objects, None), next(keys, None)
    while entry or key:
        if key is None or (entry and entry.key < key):
            yield entry, None
            entry = next(objects, None)
        elif entry is None or key < entry.key:
            yield None, key
            key = next(keys, None)
        else:
            found = entry.key
            entry = next(objects, None)
            while key == found:
                key = next(keys, None)


def _remove(storage: Storage, orphans: list[StoredObject], dry_run: bool) -> Iterator[Finding]:
    """Remove those that no row names, asked once more because minutes have passed."""
    used = object_queries.keys_in_use([entry.key for entry in orphans]) if orphans else set()
    db.session.rollback()
    for entry in orphans:
        if entry.key not in used:
            if not dry_run:
                storage.delete(entry.key)
            yield Finding("orphan", entry.key, entry.size)


def _report(storage: Storage, missing: list[str]) -> Iterator[Finding]:
    """Report those that a row still names and storage still lacks."""
    used = object_queries.keys_in_use(missing) if missing else set()
    db.session.rollback()
    for key in missing:
        if key in used and not storage.exists(key):
            yield Finding("missing", key)
