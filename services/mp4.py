"""What an MP4 file holds, read from its outline before anything else looks at it."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst"}
MAX_ATOMS = 20_000
"""Far above any real file; a reader that keeps every atom must not meet a million of them."""


class MalformedError(ValueError):
    """The outline contradicts itself, or never ends."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The kinds of tracks in a file, such as b"soun" and b"vide", in order."""

    tracks: tuple[bytes, ...]
    has_sound_data: bool


def outline(stream: BinaryIO) -> Outline:
    """Walk the atoms of `stream` without loading what they hold.

    Raises:
        MalformedError: an atom has an impossible size, or there are too many.
    """
    end = stream.seek(0, 2)
    tracks: list[bytes] = []
    has_data = False
    waiting = [(0, end)]
    seen = 0
    while waiting:
        start, stop = waiting.pop()
        while start + 8 <= stop:
            seen += 1
            if seen > MAX_ATOMS:
                raise MalformedError("too many atoms")
            name, body, after = _atom(stream, start, stop)
            has_data = has_data or name == b"mdat"
            if name == b"hdlr" and after - body >= 12:
                stream.seek(body + 8)
                tracks.append(stream.read(4))
            elif name in CONTAINERS:
                # A meta atom has four bytes of version and flags before its children.
                waiting.append((body + 4 if name == b"meta" else body, after))
            start = after
    return Outline(tuple(kind for kind in tracks if kind != b"mdir"), has_data)


def _atom(stream: BinaryIO, start: int, stop: int) -> tuple[bytes, int, int]:
    """Return the name of the atom at `start`, where its body starts and where it ends."""
    stream.seek(start)
    size, name = struct.unpack(">I4s", stream.read(8))
    body = start + 8
    if size == 1:
        (size,) = struct.unpack(">Q", stream.read(8))
        body += 8
    elif size == 0:
        size = stop - start
    if size < body - start or start + size > stop:
        raise MalformedError(f"{name!r} has an impossible size")
    return name, body, start + size
