"""The file itself: writing one, and opening one that anybody may have made."""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from errors import InvalidInput

FORMAT = "earshot-archive"
VERSION = 1
MANIFEST = "earshot.json"
SUMS = "SHA256SUMS"
CHUNK = 256 * 1024
LONGEST_LINE = 64 * 1024 * 1024
MOST_PARTS = 4_000_000
"""Of one line: a small part takes many times its size in memory."""
LARGEST_MANIFEST = 1024 * 1024
LARGEST_DIRECTORY = 48 * 1024 * 1024
"""Bytes of a zip's list of entries: half a million of them, which is enough for memory."""
LARGEST_LIST = 128 * 1024 * 1024
UNPACKED = 4
"""How many times the largest archive all that is in one may take unpacked."""
_TEXTS = (".json", ".jsonl", ".md", ".vtt", ".srt", SUMS)


class ArchiveRefused(InvalidInput):
    """A file that is no archive, or a damaged one; nothing of it was taken."""


class Writer:
    """Writes entries one after the other and adds up their digests."""

    def __init__(self, path: Path, sums: IO[str]) -> None:
        """Begin the file; `sums` is where the digests wait, outside of memory."""
        self._zip = zipfile.ZipFile(path, "w", allowZip64=True)
        self._sums = sums
        self._now = datetime.now(UTC).timetuple()[:6]

    def has(self, name: str) -> bool:
        """Say whether there is an entry of that name."""
        return name in self._zip.NameToInfo

    def add(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write an entry and return its size; texts are compressed."""
        info = zipfile.ZipInfo(name, self._now)
        packed = name.endswith(_TEXTS)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for chunk in chunks:
                entry.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        if name != SUMS:
            self._sums.write(f"{digest.hexdigest()}  {name}\n")
        return size

    def finish(self, counts: dict[str, int], extra: dict[str, Any]) -> None:
        """Write what the archive says of itself, and the digests."""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": datetime.now(UTC).isoformat(),
            "counts": counts,
        }
        self.add(MANIFEST, [json.dumps(told | extra, indent=2, ensure_ascii=False).encode()])
        self._sums.seek(0)
        self.add(SUMS, (line.encode() for line in self._sums))
        self._zip.close()

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._zip.close()


class Package:
    """An archive that was opened; nothing of it is ever unpacked under its own names."""

    def __init__(self, path: Path, most: int) -> None:
        """Open a file of which at most `most` bytes may come out.

        Raises:
            ArchiveRefused: it is no archive, from a newer Earshot, or too large.
        """
        with refusing():
            self._file = _Bounded(path)
            self._zip = zipfile.ZipFile(self._file)
        self._infos = {info.filename: info for info in self._zip.infolist()}
        if len(self._infos) != len(self._zip.infolist()):
            raise ArchiveRefused("This archive has two entries of one name.")
        self.total = sum(info.file_size for info in self._infos.values())
        if self.total > most:
            raise ArchiveRefused("Unpacked, this archive is larger than this site takes.")
        self.manifest = self._read_manifest()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
        self._file.close()

    def size(self, name: str) -> int | None:
        """Return the size of an entry, None when there is no such."""
        info = self._infos.get(name)
        return info.file_size if info else None

    def size_below(self, folder: str) -> int:
        """Return the size of all entries whose names begin so."""
        found = (info for name, info in self._infos.items() if name.startswith(folder))
        return sum(info.file_size for info in found)

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of an entry; never more than it says it has."""
        with refusing(), self._zip.open(self._infos[name]) as entry:
            left = self._infos[name].file_size
            while chunk := entry.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise ArchiveRefused("An entry of this archive is larger than it says.")
                yield chunk
            if left:
                raise ArchiveRefused("This archive was cut short. Copy it once more.")

    def copy(self, name: str, target: BinaryIO) -> None:
        """Write the bytes of an entry into `target`."""
        for chunk in self.chunks(name):
            target.write(chunk)
        target.seek(0)

    def rows(self, name: str) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the rows of a file of JSON lines, with the bytes of each.

        Raises:
            ArchiveRefused: a line is no row, or too long to be one.
        """
        if name not in self._infos:
            return
        with refusing(), self._zip.open(self._infos[name]) as entry:
            while line := entry.readline(LONGEST_LINE + 1):
                if len(line) > LONGEST_LINE:
                    raise ArchiveRefused(f"A line of {name} is too long.")
                if sum(line.count(mark) for mark in (b",", b"[", b"{")) > MOST_PARTS:
                    raise ArchiveRefused(f"A line of {name} has too many parts.")
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ArchiveRefused(f"A line of {name} is not a row.")
                yield row, len(line)

    def verify(self, tick: Callable[[int], None]) -> None:
        """Read all of it once and compare every digest; `tick` is told the bytes read.

        Raises:
            ArchiveRefused: something is missing, was added, or was changed.
        """
        expected = self._sums()
        for name in self._infos:
            if name == SUMS or name.endswith("/"):
                continue
            digest = hashlib.sha256()
            for chunk in self.chunks(name):
                digest.update(chunk)
                tick(len(chunk))
            if expected.pop(name, None) != digest.digest():
                raise ArchiveRefused(
                    "The checksums of this archive don't match what is in it. It was damaged on"
                    " its way, or changed. Copy it once more."
                )
        if expected:
            raise ArchiveRefused("Parts of this archive are missing. Copy it once more.")

    def _sums(self) -> dict[str, bytes]:
        if (self.size(SUMS) or LARGEST_LIST + 1) > LARGEST_LIST:
            raise ArchiveRefused("This archive lacks its checksums, so it can't be trusted.")
        found: dict[str, bytes] = {}
        with refusing(), self._zip.open(self._infos[SUMS]) as entry:
            for line in entry:
                digest, _, name = line.decode().rstrip("\n").partition("  ")
                found[name] = bytes.fromhex(digest)
        return found

    def _read_manifest(self) -> dict[str, Any]:
        size = self.size(MANIFEST)
        if size is None or size > LARGEST_MANIFEST:
            raise ArchiveRefused("This zip file is not an archive that Earshot made.")
        with refusing():
            told = json.loads(b"".join(self.chunks(MANIFEST)))
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise ArchiveRefused("This zip file is not an archive that Earshot made.")
        version = told.get("version")
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            raise ArchiveRefused(
                "This archive was made by a newer Earshot. Bring this site up to date first."
            )
        return told


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever a damaged or hostile file makes Python raise into one refusal."""
    try:
        yield
    except ArchiveRefused:
        raise
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        RecursionError,
        ValueError,
        struct.error,
        KeyError,
        OverflowError,
    ) as error:
        raise ArchiveRefused(
            "This file can't be read as an archive: it is damaged, was cut short, or is"
            " something else."
        ) from error


class _Bounded(io.BufferedReader):
    """A zip of which nobody reads so much at once that it would fill the memory.

    Its list of entries is read in one go, and a hostile file says in more than one place how long
    that is.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))

    def read(self, size: int | None = -1) -> bytes:
        """Read up to so many bytes; all that is left when it is not said how many.

        Raises:
            ArchiveRefused: they are too many.
        """
        if size is None or size < 0:
            here = self.tell()
            size = max(0, self.seek(0, 2) - here)
            self.seek(here)
        if size > LARGEST_DIRECTORY:
            raise ArchiveRefused("This archive has more entries than this site takes.")
        return super().read(size)
