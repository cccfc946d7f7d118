"""How much one fetch may take: of time, of bytes and of redirects."""

import zlib
from dataclasses import dataclass
from typing import Self

from config import Settings
from services.fetching.errors import BadAnswer, TooBig

CONNECT = 8.0
"""Seconds to reach one address of a host."""
HEAD_BYTES = 256 * 1024
"""What headers, chunk sizes and TLS may add to a body on its way."""
MOST_PIECES = 20_000
"""Pieces of a body that are taken whatever their size."""
SMALL_PIECE = 256
"""Bytes that more of them must have on average."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may take, redirects included."""

    seconds: float
    most_bytes: int
    """Of the body, on its way and unpacked."""
    redirects: int = 6

    @classmethod
    def for_text(cls, settings: Settings) -> Self:
        """Return the limits for feeds and pages."""
        return cls(settings.fetch_timeout, settings.fetch_max_bytes)

    @classmethod
    def for_image(cls, settings: Settings) -> Self:
        """Return the limits for a picture."""
        return cls(2 * settings.fetch_timeout, settings.max_image_bytes)

    @classmethod
    def for_sound(cls, settings: Settings) -> Self:
        """Return the limits for a recording, which may be long."""
        return cls(30 * settings.fetch_timeout, settings.max_audio_bytes)


class Crumbs:
    """Counts the pieces of a body, of which each costs work however small it is."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._pieces = 0
        self._size = 0

    def count(self, piece: bytes) -> None:
        """Count one piece as it came over the wire.

        Raises:
            BadAnswer: they are a great many by now, and tiny.
        """
        self._pieces += 1
        self._size += len(piece)
        if self._pieces > MOST_PIECES and self._size < SMALL_PIECE * self._pieces:
            raise BadAnswer(f"{self._host} sends its answer in crumbs, so it was given up.")


class Unpacker:
    """Unpacks a body as it comes, and never into more than was allowed."""

    def __init__(self, encoding: str, host: str, most: int) -> None:
        """Prepare for a Content-Encoding.

        Raises:
            BadAnswer: nobody asked for that one.
        """
        name = encoding.strip().lower()
        if name not in {"", "identity", "gzip", "x-gzip"}:
            raise BadAnswer(f"{host} packs its answer in a way that was not asked for.")
        self._packed = "gzip" in name
        self._machine = zlib.decompressobj(31)
        self._host = host
        self._left = most
        self._most = most

    def feed(self, chunk: bytes) -> bytes:
        """Return what a piece of the body holds.

        Raises:
            TooBig: more than allowed has come by now.
            BadAnswer: it can't be unpacked.
        """
        if not self._packed:
            return self._count(chunk)
        pieces: list[bytes] = []
        while chunk:
            try:
                piece = self._machine.decompress(chunk, self._left + 1)
            except zlib.error:
                if pieces or self._left < self._most:
                    break  # padding behind the end, which everybody ignores
                raise BadAnswer(f"What {self._host} sends can't be unpacked.") from None
            pieces.append(self._count(piece))
            if not self._machine.eof:
                break
            chunk = self._machine.unused_data
            self._machine = zlib.decompressobj(31)
        return b"".join(pieces)

    def _count(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        if self._left < 0:
            raise TooBig(self._host, self._most)
        return piece
