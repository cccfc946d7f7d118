"""Asking for an archive, handing one in, and letting go of either."""

from typing import BinaryIO
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError

from config import settings
from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import Archive, ArchiveKind
from queries import archives
from services import media
from services.sizes import size as in_words
from services.storage import ARCHIVES, new_key, open_storage
from services.uploads import clean_name

TYPE = "application/zip"
MISSING = "That archive doesn't exist, or isn't yours."
_ARRIVING = "Another archive is being brought in. Wait until it is done."
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")


class Underway(Conflict):
    """There is one already that has not ended."""


def ask_export(user_id: UUID) -> UUID:
    """Ask for everything as one file and return the request's id. The caller commits.

    Raises:
        Underway: it is being made.
    """
    return _insert(user_id, ArchiveKind.EXPORT, "Your archive is being made already.")


def ask_import(user_id: UUID, sent: BinaryIO, filename: str) -> tuple[UUID, str]:
    """Keep a file to be brought in; return the request's id and the file's key.

    The caller commits, or removes the object with `give_up` when that fails.

    Raises:
        InvalidInput: it is no zip file, or too large.
        Underway: another one is being brought in.
        StorageError: storage does not take it.
    """
    name = clean_name(filename)
    size = sent.seek(0, 2)
    sent.seek(0)
    if sent.read(4) not in _MAGIC:
        raise InvalidInput(f"{name} is not a zip file. Choose an archive that Earshot made.")
    most = settings().max_archive_bytes
    if size > most:
        raise InvalidInput(
            f"{name} is {in_words(size)}. An archive may be up to {in_words(most)} here."
        )
    sent.seek(0)
    before = archives.latest(user_id, ArchiveKind.IMPORT)
    if before and before.is_open:
        raise Underway(_ARRIVING)
    db.session.rollback()  # nothing holds a connection while a large file goes to storage
    key = new_key(ARCHIVES, "zip")
    try:
        open_storage().put(key, sent, TYPE)
        archive_id = _insert(
            user_id,
            ArchiveKind.IMPORT,
            _ARRIVING,
            storage_key=key,
            byte_size=size,
            file_name=name,
        )
    except BaseException:
        give_up(key)
        raise
    return archive_id, key


def give_up(key: str) -> None:
    """Remove a file that no request names."""
    media.delete_objects(open_storage(), [key])


def forget(user_id: UUID, archive_id: UUID) -> None:
    """Stop a request or forget one that has ended; its file goes too. The caller commits.

    What an import has brought in by then stays.

    Raises:
        NotFound: the reader has no such request.
    """
    gone = db.session.scalar(
        delete(Archive)
        .where(Archive.user_id == user_id, Archive.id == archive_id)
        .returning(Archive.id)
        .execution_options(synchronize_session=False)
    )
    if gone is None:
        raise NotFound(MISSING)


def _insert(user_id: UUID, kind: ArchiveKind, underway: str, **values: object) -> UUID:
    try:
        with db.session.begin_nested():
            archive_id: UUID = db.session.execute(
                insert(Archive).values(user_id=user_id, kind=kind, **values).returning(Archive.id)
            ).scalar_one()
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):
            raise Underway(underway) from error
        raise
    return archive_id
