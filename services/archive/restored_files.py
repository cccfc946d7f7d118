"""Objects out of an archive: looked into like any upload, and then kept byte for byte."""

import tempfile
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from config import settings
from models import MediaType
from services import filetypes, uploads
from services.archive.package import Package
from services.archive.rows import Row
from services.archive.tables import Table
from services.refusals import UploadRefused
from services.storage import new_key, open_storage
from services.uploads import Limits

THUMBNAIL = "image/webp"
LARGEST_THUMBNAIL = 4 * 1024 * 1024
_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Arriving:
    """One object that is about to be put for a row."""

    column: str
    entry: str
    key: str
    size: int
    content_type: str


def arriving(table: Table, row: Row, package: Package) -> list[Arriving]:
    """Return the objects of a row, with fresh keys.

    Raises:
        UploadRefused: one is missing from the archive, or nothing this site keeps.
    """
    found: list[Arriving] = []
    for column, folder in (table.files.keys if table.files else {}).items():
        entry = row.pop(f"{column}_file", None)
        if entry is None:
            continue
        size = package.size(entry) if isinstance(entry, str) else None
        if size is None or not str(entry).startswith(f"{folder}/"):
            raise UploadRefused("A file", "is missing from the archive.")
        kind = THUMBNAIL if column == "thumbnail_key" else str(row.get("content_type"))
        if kind not in filetypes.TYPES:
            raise UploadRefused("A file", filetypes.why_not(kind))
        media_type, extension = filetypes.TYPES[kind]
        limits = Limits.of(settings())
        most = LARGEST_THUMBNAIL if column == "thumbnail_key" else limits.bytes_for(media_type)
        if size > most:
            raise UploadRefused("A file", "is larger than this site takes.")
        if column != "thumbnail_key" and media_type is not _type_of(table, row):
            raise UploadRefused("A file", "is not what its row says.")
        found.append(Arriving(column, entry, new_key(folder, extension), size, kind))
    return found


def bring(one: Arriving, package: Package) -> None:
    """Look into an object and put it.

    Raises:
        UploadRefused: it is damaged, or not what it seems.
        StorageError: storage does not take it.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        stream = cast(BinaryIO, file)
        package.copy(one.entry, stream)
        if filetypes.sniff(stream.read(filetypes.HEAD)) != one.content_type:
            raise UploadRefused("A file", "is not what its row says.")
        stream.seek(0)
        prepared = uploads.examine(stream, "A file", Limits.of(settings()))
        if prepared.body is not stream:
            prepared.close()
        stream.seek(0)
        open_storage().put(one.key, stream, one.content_type)


def _type_of(table: Table, row: dict[str, Any]) -> MediaType | None:
    if table.name == "audio_tracks":
        return MediaType.AUDIO
    return next((kind for kind in MediaType if kind.value == row.get("type")), None)
