"""Pictures and sounds of every kind, made on the spot; nothing is read from files."""

import math
import struct
import zlib
from io import BytesIO
from typing import Any

import numpy
import soundfile
from PIL import ExifTags, Image

SCRIPT = b"<script>alert(document.cookie)</script>"


def image(
    image_format: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any
) -> bytes:
    """Return a picture: a soft gradient, so that formats have something to compress."""
    gradient = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (gradient, gradient.rotate(180), gradient)).convert(mode)
    return encoded(picture, image_format, **options)


def encoded(picture: Image.Image, image_format: str, **options: Any) -> bytes:
    """Return `picture` as a file."""
    out = BytesIO()
    picture.save(out, image_format, **options)
    return out.getvalue()


def photo(size: tuple[int, int] = (64, 48), orientation: int = 1) -> bytes:
    """Return a JPEG as phones make them: with the place it was taken at, and maybe on its side."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Telltale"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 36.0)}
    )
    return image(
        "JPEG", size, exif=exif, comment=b"taken at home", xmp=b"<x:xmpmeta>Telltale</x:xmpmeta>"
    )


def moving(
    image_format: str = "GIF", frames: int = 4, size: tuple[int, int] = (32, 24), **options: Any
) -> bytes:
    """Return a picture that moves: a bar wandering from left to right."""
    pictures = []
    for index in range(frames):
        picture = Image.new("RGB", size, (30, 60, 90))
        picture.paste((240, 200, 40), (index * 4, 0, index * 4 + 4, size[1]))
        pictures.append(picture)
    options = {
        "save_all": True,
        "append_images": pictures[1:],
        "duration": 120,
        "loop": 0,
    } | options
    return encoded(pictures[0], image_format, **options)


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header speaks of any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + _png_chunk(b"IEND", b"")
    )


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def grey_16_bit() -> bytes:
    """Return a PNG of sixteen bits a pixel: black on the left, white on the right."""
    ramp = numpy.linspace(0, 65535, 64).astype("uint16")
    return encoded(Image.fromarray(numpy.tile(ramp, (8, 1))), "PNG")


def see_through_palette() -> bytes:
    """Return a palette PNG whose colour 0, the left half, is transparent."""
    picture = Image.new("P", (20, 10), 1)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(0, (0, 0, 10, 10))
    return encoded(picture, "PNG", transparency=0)


def swapped_profile() -> bytes:
    """Return a colour profile like sRGB whose first two channels are green and red."""
    red, green, blue = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
    white = (0.9642, 1.0, 0.8249)
    gamma = b"curv" + bytes(4) + struct.pack(">IH", 1, 563) + bytes(2)
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"Swap\0" + bytes(79),
        b"wtpt": _xyz(white),
        b"rXYZ": _xyz(green),
        b"gXYZ": _xyz(red),
        b"bXYZ": _xyz(blue),
    } | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma)
    table, body = b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(value))
        body += value
    header = struct.pack(
        ">I4sI4s4s4s12s4s28s12s48s",
        132 + len(table) + len(body),
        b"",
        0x02100000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        bytes(12),
        b"acsp",
        bytes(28),
        _xyz(white)[8:],
        bytes(48),
    )
    return header + struct.pack(">I", len(tags)) + table + body


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def sound(
    family: str = "WAV",
    subtype: str | None = None,
    seconds: float = 1.0,
    rate: int = 24_000,
    channels: int = 1,
    title: str = "",
    loudness: float = 0.9,
    **options: Any,
) -> bytes:
    """Return a tone that swells from silence to full strength."""
    count = int(seconds * rate)
    steps = numpy.arange(count)
    wave = numpy.sin(steps * 2 * math.pi * 440 / rate) * (steps / max(count, 1)) * loudness
    out = BytesIO()
    with soundfile.SoundFile(out, "w", rate, channels, subtype, format=family, **options) as file:
        if title:
            file.title = title
        file.write(numpy.repeat(wave[:, None], channels, axis=1).astype("float32"))
    return out.getvalue()
