"""M4A files of silence, put together atom by atom: no encoder is needed for them."""

import struct

RATE = 44_100
FRAME = 1024
SILENT_FRAME = bytes.fromhex("01182007")
"""One frame of AAC-LC that decodes to 1024 silent mono samples."""


def m4a(
    seconds: float = 1.0,
    *,
    title: str = "",
    handler: bytes = b"soun",
    codec: bytes = b"mp4a",
    brand: bytes = b"M4A ",
) -> bytes:
    """Return silence; another `handler` or `codec` makes it a file that looks like others."""
    frames = max(1, round(seconds * RATE / FRAME))
    ftyp = _atom(b"ftyp", brand, bytes(4), brand, b"isom")
    data_start = len(ftyp) + 8
    return (
        ftyp
        + _atom(b"mdat", SILENT_FRAME * frames)
        + _moov(frames, data_start, title, handler, codec)
    )


def _atom(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def _full(name: bytes, *parts: bytes) -> bytes:
    return _atom(name, bytes(4), *parts)


def _numbers(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def _moov(frames: int, data_start: int, title: str, handler: bytes, codec: bytes) -> bytes:
    length = frames * FRAME
    matrix = _numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    mvhd = _full(
        b"mvhd",
        _numbers(0, 0, RATE, length, 0x10000),
        b"\1\0",
        bytes(10),
        matrix,
        bytes(24),
        _numbers(2),
    )
    tkhd = _atom(
        b"tkhd",
        b"\0\0\0\3",
        _numbers(0, 0, 1, 0, length),
        bytes(8),
        bytes(4),
        b"\1\0\0\0",
        matrix,
        bytes(8),
    )
    mdhd = _full(b"mdhd", _numbers(0, 0, RATE, length), b"\x55\xc4\0\0")
    hdlr = _full(b"hdlr", bytes(4), handler, bytes(12), b"\0")
    stbl = _atom(
        b"stbl",
        _full(b"stsd", _numbers(1), _sample_entry(codec)),
        _full(b"stts", _numbers(1, frames, FRAME)),
        _full(b"stsc", _numbers(1, 1, frames, 1)),
        _full(b"stsz", _numbers(len(SILENT_FRAME), frames)),
        _full(b"stco", _numbers(1, data_start)),
    )
    dinf = _atom(b"dinf", _full(b"dref", _numbers(1), _atom(b"url ", b"\0\0\0\1")))
    minf = _atom(b"minf", _full(b"smhd", bytes(4)), dinf, stbl)
    track = _atom(b"trak", tkhd, _atom(b"mdia", mdhd, hdlr, minf))
    return _atom(b"moov", mvhd, track, _tags(title) if title else b"")


def _sample_entry(codec: bytes) -> bytes:
    """Describe mono AAC-LC; the inner lengths are those of MPEG-4's descriptors."""
    config = b"\x05\x02\x12\x08"
    decoder = b"\x04" + bytes([13 + len(config)]) + b"\x40\x15" + bytes(11) + config
    descriptor = b"\x03" + bytes([3 + len(decoder) + 3]) + b"\0\1\0" + decoder + b"\x06\x01\x02"
    return _atom(
        codec,
        bytes(6),
        b"\0\1",
        bytes(8),
        b"\0\1\0\x10",
        bytes(4),
        struct.pack(">HH", RATE, 0),
        _full(b"esds", descriptor),
    )


def _tags(title: str) -> bytes:
    value = _atom(b"data", _numbers(1, 0), title.encode())
    hdlr = _full(b"hdlr", bytes(4), b"mdirappl", bytes(9))
    return _atom(b"udta", _full(b"meta", hdlr, _atom(b"ilst", _atom(b"\xa9nam", value))))
