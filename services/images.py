"""Pictures: decoded, made safe and written anew, each with a thumbnail.

What is stored is never what was sent: only pixels survive. Whatever else a file carried
(camera location, comments, bytes behind its end) is gone, and so is any doubt about
what a browser would make of it.
"""

import ctypes
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from services.png import has_end
from services.refusals import UploadRefused

log = logging.getLogger(__name__)

MAX_SIDE = 20_000
MAX_FRAMES = 1_000
THUMBNAIL_SIDE = 640
KEPT_IN_MEMORY = 1024 * 1024
CUT_SHORT = "is damaged: its end is missing, so it was not copied whole. Send it again."
LARGE = 16_000_000
"""Pixels above which WebP and AVIF are not written: one may fail there, one needs gigabytes."""

FORMATS = {
    "image/jpeg": JpegImagePlugin.JpegImageFile.format,
    "image/png": PngImagePlugin.PngImageFile.format,
    "image/webp": WebPImagePlugin.WebPImageFile.format,
    "image/gif": GifImagePlugin.GifImageFile.format,
    "image/avif": AvifImagePlugin.AvifImageFile.format,
}
"""What Pillow calls each type we take."""

# Palettes stay palettes: frames keep their exact colours, and a quarter of the memory.
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY

# A picture of fifty million pixels fills 200 MB while it is open: one at a time.
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture written anew, ready to be stored.

    Attributes:
        body: the new file, at its start; the caller closes it.
        content_type: that of the body, which for very large pictures is another than it was.
        width: in pixels, as it is seen: turned upright.
        frames: 1 unless it moves.
        thumbnail: a WebP file of at most 640 pixels a side.
    """

    body: BinaryIO
    content_type: str
    width: int
    height: int
    frames: int
    thumbnail: bytes


def prepare(stream: BinaryIO, name: str, content_type: str, max_pixels: int) -> Picture:
    """Decode the picture in `stream` and write it anew, in the same format if that can be.

    Sizes are checked in the header, before a pixel is decoded. `name` is for the words of
    a refusal.

    Raises:
        UploadRefused: it is too large, damaged or not what it seemed.
    """
    image_format = FORMATS[content_type]
    with _turn, _refusing(name, max_pixels):
        # Pillow's own guard, which also watches frames that are larger than the header said.
        Image.MAX_IMAGE_PIXELS = max_pixels
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        size = stream.seek(0, SEEK_END)
        stream.seek(0)
        with Image.open(stream, formats=(image_format,)) as source:
            _check_size(source, name, max_pixels)
            if image_format == "PNG" and not has_end(stream):
                raise UploadRefused(name, CUT_SHORT)
            frames = _count_frames(source, name, max_pixels)
            if frames > 1:
                return _rewrite_moving(source, image_format, frames)
            return _rewrite_still(source, image_format, _is_lossless_webp(stream), size)


def give_back_memory() -> None:
    """Hand freed memory back to the system: glibc would keep hundreds of megabytes of pixels."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@contextmanager
def _refusing(name: str, max_pixels: int) -> Iterator[None]:
    try:
        yield
    except UploadRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UploadRefused(name, _too_many_pixels(max_pixels)) from error
    except UnidentifiedImageError as error:
        raise UploadRefused(name, "is not a picture, whatever its first bytes say.") from error
    except MemoryError as error:
        raise UploadRefused(name, "needs more memory than there is to open it.") from error
    except Exception as error:
        # Decoders of hostile bytes raise anything from struct.error to IndexError.
        log.info("a picture could not be decoded: %r", error)
        raise UploadRefused(
            name, "is damaged: it could not be read to its end. Save it again and retry."
        ) from error


def _too_many_pixels(max_pixels: int) -> str:
    millions = f"{max_pixels / 1_000_000:g}"
    return f"has too many pixels. A picture may have up to {millions} million."


def _check_size(source: Image.Image, name: str, max_pixels: int) -> None:
    width, height = source.size
    if max(width, height) > MAX_SIDE:
        raise UploadRefused(
            name,
            f"is {width:,} × {height:,} pixels. A picture may be up to {MAX_SIDE:,} a side.",
        )
    if width * height > max_pixels:
        raise UploadRefused(name, _too_many_pixels(max_pixels))


def _count_frames(source: Image.Image, name: str, max_pixels: int) -> int:
    """Return how many frames there are, all of them together within the pixel limit."""
    if source.format == "PNG" or not getattr(source, "is_animated", False):
        return 1
    if source.format not in {"GIF", "WEBP", "AVIF"}:
        # A JPEG with further pictures behind the first: depth maps, previews.
        return 1
    frames = int(getattr(source, "n_frames", 1))
    width, height = source.size
    if frames > MAX_FRAMES or frames * width * height > 2 * max_pixels:
        raise UploadRefused(
            name,
            f"moves through {frames:,} frames of {width:,} × {height:,} pixels, which is too"
            " much. Make it smaller or shorter.",
        )
    return frames


def _is_lossless_webp(stream: BinaryIO) -> bool:
    stream.seek(0)
    return stream.read(16)[8:16] == b"WEBPVP8L"


def _rewrite_still(
    source: Image.Image, image_format: str, lossless: bool, source_bytes: int
) -> Picture:
    source.load()
    ImageOps.exif_transpose(source, in_place=True)
    width, height = source.size
    if image_format in {"WEBP", "AVIF"} and width * height > LARGE:
        image_format = "PNG" if lossless or source.has_transparency_data else "JPEG"
    clean = _plain_colours(source, image_format)
    body = _new_file()
    clean.save(body, image_format, **_options(image_format, lossless))
    if image_format == "PNG" and source_bytes < body.tell() and width * height <= LARGE:
        body = _smaller(body, clean)
    return _picture(body, image_format, clean, frames=1)


def _smaller(body: BinaryIO, clean: Image.Image) -> BinaryIO:
    """Return the smaller one of a file and the best that Pillow can do, which takes its time."""
    best = _new_file()
    clean.save(best, "PNG", optimize=True)
    kept, other = (best, body) if best.tell() < body.tell() else (body, best)
    other.close()
    return kept


def _options(image_format: str, lossless: bool) -> dict[str, Any]:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 88, "optimize": True, "comment": b""},
        # Level 6 takes three times as long for four per cent.
        "PNG": {"compress_level": 4},
        "WEBP": {"quality": 90, "lossless": lossless, "method": 2 if lossless else 4},
        "GIF": {"comment": b""},
        "AVIF": {"quality": 80, "speed": 8, "max_threads": 1},
    }
    return options[image_format]


def _rewrite_moving(source: Image.Image, image_format: str, frames: int) -> Picture:
    """Write every frame anew; each is decoded on the way, so a cut file is found."""
    durations: list[int] = []
    for frame in ImageSequence.Iterator(source):
        frame.load()
        durations.append(round(frame.info.get("duration", 100)))
    source.seek(0)
    for private in ("comment", "exif", "xmp", "icc_profile", "extension"):
        source.info.pop(private, None)
    options: dict[str, Any] = {"save_all": True, "duration": durations}
    if "loop" in source.info:
        options["loop"] = source.info["loop"]
    if image_format == "GIF":
        options |= {"comment": b"", "optimize": False}
    elif image_format == "WEBP":
        options |= {"quality": 85, "method": 1}
    else:
        options |= {"quality": 75, "speed": 9, "max_threads": 1}
        options.pop("loop", None)
    body = _new_file()
    source.save(body, image_format, **options)
    source.seek(0)
    return _picture(body, image_format, source, frames)


def _picture(body: BinaryIO, image_format: str, seen: Image.Image, frames: int) -> Picture:
    body.seek(0)
    width, height = seen.size
    content_type = next(name for name, known in FORMATS.items() if known == image_format)
    return Picture(body, content_type, width, height, frames, _thumbnail(seen))


def _thumbnail(seen: Image.Image) -> bytes:
    if seen.mode not in {"L", "RGB", "RGBA"}:
        seen = seen.convert("RGBA" if seen.has_transparency_data else "RGB")
    share = min(1.0, THUMBNAIL_SIDE / max(seen.size))
    size = (max(1, round(seen.width * share)), max(1, round(seen.height * share)))
    small = seen.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info = {}
    out = BytesIO()
    small.save(out, "WEBP", quality=80, method=4)
    return out.getvalue()


def _plain_colours(image: Image.Image, image_format: str) -> Image.Image:
    """Return the pixels as 8-bit sRGB in a mode that the format and browsers know.

    Nothing but transparency is carried along beside the pixels.
    """
    profile = image.info.get("icc_profile")
    transparency = image.info.get("transparency")
    if image.mode.startswith("I"):
        # 16-bit grey: convert() alone would clip everything but the darkest shades.
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
        transparency = None
    if profile:
        image = _to_srgb(image, profile)
    kept = {"JPEG": {"L", "RGB"}, "PNG": {"1", "L", "LA", "P", "RGB", "RGBA"}}
    if image.mode not in kept.get(image_format, {"1", "L", "P", "RGB", "RGBA"}):
        image = image.convert("RGBA" if "A" in image.mode or "a" in image.mode else "RGB")
    image.info = {}
    if transparency is not None and image.mode in {"1", "L", "P", "RGB"}:
        image.info["transparency"] = transparency
    return image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from the camera's or printer's colours, or leave them when that fails."""
    if image.mode not in {"L", "RGB", "RGBA", "CMYK"}:
        return image
    try:
        known = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(known):
            return image
        converted = ImageCms.profileToProfile(
            image,
            known,
            ImageCms.createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        log.info("a colour profile was not understood: %r", error)
        return image
    return converted or image


def _new_file() -> BinaryIO:
    return cast(BinaryIO, cast(IO[bytes], SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)))
