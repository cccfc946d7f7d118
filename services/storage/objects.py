"""Names and bodies of stored objects, the same for every kind of storage."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from errors import StorageError

ARCHIVES = "archives"
MEDIA = "media"
THUMBNAILS = "thumbnails"
AUDIO = "audio"
KINDS = (ARCHIVES, AUDIO, MEDIA, THUMBNAILS)
"""Every kind of key, in the order storage lists them."""

CHUNK = 64 * 1024
"""Bytes handed on at a time; what a slow listener holds in memory."""

Source = bytes | BinaryIO | Path
"""What can be stored; a stream is read from where it stands to its end."""

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_SAFE_KEY = re.compile(rf"{_PART}(?:/{_PART})*")
_OUR_KEY = re.compile(
    rf"(?:{'|'.join(KINDS)})/([0-9a-f]{{2}})/([0-9a-f]{{2}})/\1\2[0-9a-f]{{28}}(?:\.[a-z0-9]{{1,8}})?"
)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One entry of a listing; `size` is in bytes."""

    key: str
    size: int
    modified: datetime


class Readable(Protocol):
    """Whatever bytes can be drawn from."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes, none at the end."""

    def close(self) -> None:
        """Let go of the file or connection."""


class ObjectBody(Iterator[bytes]):
    """`length` bytes of an object, read once and in order; close it or use it in a `with`.

    Reading raises StorageError when storage fails or holds less than it promised, so a cut
    object is never taken for a whole one.
    """

    def __init__(
        self,
        stream: Readable,
        length: int,
        translate: Callable[[], AbstractContextManager[None]],
    ) -> None:
        """Read `stream`, turning its errors into ours with `translate`."""
        self._stream = stream
        self._translate = translate
        self.length = length
        self._left = length

    def read(self, size: int = -1) -> bytes:
        """Return exactly `size` bytes, or what is left when that is less or `size` negative."""
        wanted = self._left if size < 0 else min(size, self._left)
        parts: list[bytes] = []
        while wanted > 0:
            with self._translate():
                part = self._stream.read(wanted)
            if not part:
                raise StorageError("A stored file is shorter than it should be.")
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __next__(self) -> bytes:
        """Return the next chunk."""
        if self._left == 0:
            raise StopIteration
        return self.read(CHUNK)

    def close(self) -> None:
        """Let go of the file or connection; harmless when done twice."""
        self._stream.close()

    def __enter__(self) -> Self:
        """Start a block that closes the body at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the block."""
        self.close()


def new_key(kind: str, extension: str = "") -> str:
    """Return a random key such as `media/4f/a0/4fa0….jpg`, never to be used again.

    The two folders keep every one of them small with millions of objects.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of object: {kind}")
    token = secrets.token_hex(16)
    suffix = extension.lower().removeprefix(".")
    if not re.fullmatch(r"[a-z0-9]{1,8}", suffix):
        return f"{kind}/{token[:2]}/{token[2:4]}/{token}"
    return f"{kind}/{token[:2]}/{token[2:4]}/{token}.{suffix}"


def is_ours(key: str) -> bool:
    """Say whether `new_key` can have made `key`; anything else is not ours to remove."""
    return _OUR_KEY.fullmatch(key) is not None


def is_key(name: str) -> bool:
    """Say whether `name` is safe as a path below a folder."""
    return len(name) <= 200 and _SAFE_KEY.fullmatch(name) is not None


def check_key(key: str) -> str:
    """Return `key` as it is.

    Raises:
        StorageError: it could point elsewhere, or no storage would take it.
    """
    if not is_key(key):
        raise StorageError("That is not a name a stored file can have.")
    return key


@contextmanager
def reading(source: Source) -> Iterator[BinaryIO]:
    """Open `source` for reading; a stream that was open stays open."""
    if isinstance(source, bytes):
        yield BytesIO(source)
    elif isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source


def span(start: int, length: int | None, size: int) -> int:
    """Return how many bytes a read of `length` from `start` gives of an object of `size`.

    Raises:
        StorageError: it would start behind the end.
    """
    if start < 0 or start > size or (length is not None and length < 0):
        raise StorageError("A part was asked for that the stored file doesn't have.")
    return size - start if length is None else min(length, size - start)
