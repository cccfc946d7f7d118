"""What kind of file some first bytes belong to, and what to say of the kinds we refuse."""

import filetype

from models import MediaType

TYPES = {
    "image/jpeg": (MediaType.IMAGE, "jpg"),
    "image/png": (MediaType.IMAGE, "png"),
    "image/webp": (MediaType.IMAGE, "webp"),
    "image/gif": (MediaType.IMAGE, "gif"),
    "image/avif": (MediaType.IMAGE, "avif"),
    "audio/mpeg": (MediaType.AUDIO, "mp3"),
    "audio/mp4": (MediaType.AUDIO, "m4a"),
    "audio/ogg": (MediaType.AUDIO, "ogg"),
    "audio/flac": (MediaType.AUDIO, "flac"),
    "audio/wav": (MediaType.AUDIO, "wav"),
}
"""The content types that are kept, what they are to a reader, and their extension."""

NAMES = {
    "image/jpeg": "JPEG picture",
    "image/png": "PNG picture",
    "image/webp": "WebP picture",
    "image/gif": "GIF picture",
    "image/avif": "AVIF picture",
    "audio/mpeg": "MP3 sound",
    "audio/mp4": "M4A sound",
    "audio/ogg": "Ogg sound",
    "audio/flac": "FLAC sound",
    "audio/wav": "WAV sound",
}
"""What the types are called on a page."""

ACCEPT = (
    "image/jpeg,image/png,image/webp,image/gif,image/avif,"
    "audio/mpeg,audio/mp4,audio/x-m4a,audio/ogg,audio/flac,audio/wav,audio/x-wav,"
    ".avif,.mp3,.m4a,.ogg,.oga,.opus,.flac,.wav"
)
"""For `<input type=file accept>`: a help in choosing, not a guard."""

HEAD = 8192
"""Bytes from the start of a file that `sniff` wants."""

_OTHER_NAMES = {
    "audio/x-flac": "audio/flac",
    "audio/x-wav": "audio/wav",
    "audio/m4a": "audio/mp4",
    # Files with sound only often say "mp42"; whether there are pictures is found out later.
    "video/mp4": "audio/mp4",
    "video/x-m4v": "audio/mp4",
    "image/apng": "image/png",
}

# What filetype doesn't know of the family of formats that MP4 belongs to.
_BRANDS = {b"avis": "image/avif"} | dict.fromkeys(
    (b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "image/heic"
)

_PICTURES = "Pictures can be JPEG, PNG, WebP, GIF or AVIF."
_SOUNDS = "Sounds can be MP3, M4A, Ogg, Opus, FLAC or WAV."
_ONLY = "Only pictures and sounds can be uploaded."
_REFUSALS = {
    "image/svg+xml": f"is an SVG drawing. {_PICTURES}",
    "image/heic": f"is a HEIC photo, which most browsers can't show. {_PICTURES}",
    "text/html": f"is a web page. {_ONLY}",
    "text/plain": f"is text. {_ONLY}",
    "application/pdf": f"is a PDF document. {_ONLY}",
    "application/zip": "is a ZIP archive. Unpack it and upload the pictures and sounds in it.",
    "application/x-msdownload": f"is a program. {_ONLY}",
    "application/x-executable": f"is a program. {_ONLY}",
}


def sniff(head: bytes) -> str | None:
    """Return the content type that a file's first bytes speak of, or None.

    The first gate only: whoever decodes the file has the last word.
    """
    guess = filetype.guess(head)
    if guess is not None:
        mime: str = guess.mime
        return _OTHER_NAMES.get(mime, mime)
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"  # A bare MPEG frame: eleven bits set, then "Layer III".
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "audio/mp4")
    return _sniff_text(head)


def why_not(content_type: str | None) -> str:
    """Say why a type that is not in TYPES is refused; reads on from the file's name."""
    if content_type in _REFUSALS:
        return _REFUSALS[content_type]
    family = (content_type or "").partition("/")[0]
    if family == "image":
        return f"is a kind of picture that can't be kept. {_PICTURES}"
    if family == "audio":
        return f"is a kind of sound that can't be kept. {_SOUNDS}"
    if family == "video":
        return f"is a video. {_ONLY}"
    return f"is neither a picture nor a sound we know. {_PICTURES} {_SOUNDS}"


def _sniff_text(head: bytes) -> str | None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "text/html"
    if start.startswith(b"<") and b"<svg" in start:
        return "image/svg+xml"
    # `head` may end within a character, hence the three bytes of tolerance.
    text = head.decode("utf-8", errors="ignore")
    complete = len(text.encode()) >= len(head) - 3
    if complete and all(one.isprintable() or one in "\t\r\n\f" for one in text):
        return "text/plain"
    return None
