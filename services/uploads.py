"""The gate: what may be kept is decided by a file's content, never by its name."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, Self, cast

from config import Settings, settings
from models import MediaType
from services import filetypes, sizes
from services.refusals import UploadRefused

CHUNK = 1024 * 1024
LONGEST_NAME = 120
LONGEST_TITLE = 200

# Characters that turn the reading direction can make exe.png of gnp.exe.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be; sizes in bytes."""

    image_bytes: int
    audio_bytes: int
    pixels: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the limits of an installation."""
        return cls(settings.max_image_bytes, settings.max_audio_bytes, settings.max_pixels)

    def bytes_for(self, kind: MediaType) -> int:
        """Return the limit for one file of a kind."""
        return self.image_bytes if kind is MediaType.IMAGE else self.audio_bytes

    def words(self) -> str:
        """Say what may be uploaded."""
        return (
            f"JPEG, PNG, WebP, GIF, AVIF up to {sizes.megabytes(self.image_bytes)};"
            f" MP3, M4A, Ogg, Opus, FLAC, WAV up to {sizes.megabytes(self.audio_bytes)}"
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that passed, ready to be stored; close it when done.

    Attributes:
        body: what to store, at its start: pictures written anew, sounds as they came.
        sha256: of the bytes that were sent, in hexadecimal.
        thumbnail: a WebP file, for pictures.
        metadata: for the row: width and height, or duration and peaks; the name.
    """

    kind: MediaType
    name: str
    title: str
    body: BinaryIO
    content_type: str
    extension: str
    byte_size: int
    sha256: str
    thumbnail: bytes | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        """Let go of temporary files; harmless when done twice."""
        self.body.close()


def examine(sent: IO[bytes], filename: str, limits: Limits) -> Prepared:
    """Find out what `sent` holds and make it ready to be stored.

    `sent` can seek, and for a sound becomes the body. Nothing of a file is held in
    memory as a whole but a picture while it is decoded.

    Raises:
        UploadRefused: why this file can't be kept, in a sentence that names it.
    """
    stream = cast(BinaryIO, sent)
    name = clean_name(filename)
    size = stream.seek(0, 2)
    if size == 0:
        raise UploadRefused(name, "is empty.")
    stream.seek(0)
    content_type = filetypes.sniff(stream.read(filetypes.HEAD))
    if content_type not in filetypes.TYPES:
        raise UploadRefused(name, filetypes.why_not(content_type))
    kind, extension = filetypes.TYPES[content_type]
    if size > limits.bytes_for(kind):
        raise UploadRefused(
            name,
            f"is {sizes.megabytes(size)}. {'A picture' if kind is MediaType.IMAGE else 'A sound'}"
            f" may be up to {sizes.megabytes(limits.bytes_for(kind))}.",
        )
    if kind is MediaType.IMAGE:
        return _picture(stream, name, content_type, limits)
    return _sound(stream, name, content_type, extension, size)


def least_size(sent: IO[bytes]) -> int:
    """Return how many bytes a file will take at the least, without looking into it.

    A sound is kept as it is; a picture is written anew and may come out smaller.
    """
    stream = cast(BinaryIO, sent)
    stream.seek(0)
    known = filetypes.TYPES.get(filetypes.sniff(stream.read(filetypes.HEAD)) or "")
    size = stream.seek(0, 2)
    stream.seek(0)
    return size if known and known[0] is MediaType.AUDIO else 1


def limits_in_words() -> str:
    """Say what may be uploaded here."""
    return Limits.of(settings()).words()


def drop_zone() -> dict[str, Any]:
    """Return what the drop zone of a page must know: words, types, and limits in bytes."""
    return {
        "accept": filetypes.ACCEPT,
        "limits_text": limits_in_words(),
        "max_image": settings().max_image_bytes,
        "max_audio": settings().max_audio_bytes,
        "max_files": settings().max_files,
    }


def clean_name(filename: str) -> str:
    """Return a file's own name, fit to be shown: no folders, no tricks, not too long."""
    name = _one_line(filename.replace("\\", "/").rpartition("/")[2])
    if len(name) > LONGEST_NAME:
        suffix = PurePosixPath(name).suffix[:10]
        name = f"{name[: LONGEST_NAME - len(suffix) - 1].rstrip()}…{suffix}"
    return name or "Unnamed file"


def _picture(stream: BinaryIO, name: str, content_type: str, limits: Limits) -> Prepared:
    # Pillow is loaded by the first upload: many a web process never needs its memory.
    from services import images

    try:
        picture = images.prepare(stream, name, content_type, limits.pixels)
    finally:
        images.give_back_memory()
    _, extension = filetypes.TYPES[picture.content_type]
    stem, shown = _renamed(name, extension)
    metadata: dict[str, Any] = {
        "width": picture.width,
        "height": picture.height,
        "original_name": shown,
    }
    if picture.frames > 1:
        metadata["frames"] = picture.frames
    return Prepared(
        kind=MediaType.IMAGE,
        name=shown,
        title=stem,
        body=picture.body,
        content_type=picture.content_type,
        extension=extension,
        byte_size=_size(picture.body),
        sha256=_digest(stream),
        thumbnail=picture.thumbnail,
        metadata=metadata,
    )


def _sound(stream: BinaryIO, name: str, content_type: str, extension: str, size: int) -> Prepared:
    # numpy and libsndfile likewise.
    from services import sounds

    sound = sounds.inspect(stream, name, content_type)
    stem, shown = _renamed(name, extension)
    digest = _digest(stream)
    stream.seek(0)
    return Prepared(
        kind=MediaType.AUDIO,
        name=shown,
        title=_one_line(sound.title)[:LONGEST_TITLE] or stem,
        body=stream,
        content_type=content_type,
        extension=extension,
        byte_size=size,
        sha256=digest,
        metadata={
            "duration": round(sound.duration, 3),
            "peaks": sound.peaks,
            "original_name": shown,
        },
    )


def _renamed(name: str, extension: str) -> tuple[str, str]:
    """Return the name without its extension, and with the one that is true."""
    path = PurePosixPath(name)
    has_one = re.fullmatch(r"\.[A-Za-z0-9]{1,5}", path.suffix) is not None
    stem = (path.stem if has_one else name).strip() or "Unnamed file"
    synonyms = {"jpeg": "jpg", "jpe": "jpg", "opus": "ogg", "oga": "ogg", "wave": "wav"}
    given = path.suffix[1:].lower()
    if has_one and synonyms.get(given, given) == extension:
        return stem, name
    return stem, f"{stem}.{extension}"


def _one_line(text: str) -> str:
    """Return `text` without control characters, ends of line and turns of direction."""
    plain = _TURNING.sub("", unicodedata.normalize("NFC", text))
    hidden = {"Cc", "Cs", "Zl", "Zp", "Zs"}
    return " ".join("".join(" " if unicodedata.category(c) in hidden else c for c in plain).split())


def _digest(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _size(stream: BinaryIO) -> int:
    size = stream.seek(0, 2)
    stream.seek(0)
    return size
