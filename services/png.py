"""How a PNG file is built, as far as its decoder does not look."""

from io import SEEK_END
from typing import BinaryIO

SIGNATURE = 8
"""Bytes before the first chunk."""
AROUND = 12
"""Bytes of a chunk besides its data: length, kind and checksum."""


def has_end(stream: BinaryIO) -> bool:
    """Say whether the last chunk is there; a decoder that has every pixel doesn't miss it."""
    place = stream.tell()
    size = stream.seek(0, SEEK_END)
    kind = b""
    chunk = SIGNATURE
    while kind != b"IEND" and chunk + AROUND <= size:
        stream.seek(chunk)
        head = stream.read(8)
        kind = head[4:]
        chunk += AROUND + int.from_bytes(head[:4])
    stream.seek(place)
    return kind == b"IEND" and chunk <= size
