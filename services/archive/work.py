"""One request from beginning to end, whoever holds it: a worker, or a command."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import scope
from config import settings
from errors import NotFound
from services.archive import preferences
from services.archive.hold import Hold, Step
from services.archive.package import UNPACKED, Package, refusing
from services.archive.report import Report
from services.archive.restoring import restore
from services.archive.tables import restored_tables
from services.archive.writing import write
from services.storage import open_storage

FOLDER = "archiving"
"""Below `data_dir`: files that are being made or read."""
NAME = "archive.zip"


def make(user_id: UUID, path: Path, hold: Hold) -> dict[str, int]:
    """Write everything of a reader into a file; return how many rows of each table there were.

    Raises:
        StorageError: storage does not answer.
    """
    with scope.acting(scope.READER, user_id):
        return write(user_id, path, hold)


def bring_in(
    user_id: UUID, path: Path, hold: Hold, report: Report, reached: dict[str, Any]
) -> Report:
    """Verify a whole file, then bring in what it holds.

    Raises:
        ArchiveRefused: nothing of it was taken, unless an earlier attempt did.
        StorageError: storage does not answer.
    """
    package = Package(path, UNPACKED * settings().max_archive_bytes)
    try:
        step = Step(hold, "Checking the file", 0.0, 0.3, package.total)
        package.verify(step.add)
        _read_through(package, step)
        with scope.acting(scope.READER, user_id):
            brought = restore(user_id, package, hold, report, reached)
            preferences.restore(user_id, package)
            hold.commit()
            return brought
    finally:
        package.close()


def _read_through(package: Package, step: Step) -> None:
    """Refuse a file whose rows can't all be read, before any of them is brought in."""
    for table in restored_tables():
        for row, _ in package.rows(table.entry):
            step.add(0)
            if table.has_id:
                with refusing():
                    UUID(str(row["id"]))


def fetch(key: str | None, path: Path, hold: Hold) -> None:
    """Copy a file that was handed in to where it can be read from anywhere.

    Raises:
        NotFound: it is gone.
        StorageError: storage does not answer.
    """
    if key is None:
        raise NotFound("The file that was handed in is gone.")
    with open_storage().open(key) as body, path.open("wb") as file:
        step = Step(hold, "Fetching the file", 0.0, 0.0, body.length)
        for chunk in body:
            file.write(chunk)
            step.add(len(chunk))


def working_folder() -> Path:
    """Return the folder below which archives are made and read."""
    folder = settings().folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def has_room(size: int) -> bool:
    """Say whether the working folder can take so many bytes more."""
    return shutil.disk_usage(working_folder()).free > size
