"""Answering with a stored object: ranges, revalidation, and headers that keep it harmless."""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import parse_date

from errors import ObjectMissing, StorageError
from extensions import db
from services.filetypes import TYPES
from services.storage import ObjectBody, open_storage

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

Reader = Callable[[int, int], Iterable[bytes]]
"""Returns the bytes of an object from a start, so many of them."""

POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline';"
    " sandbox allow-same-origin"
)
"""For a file opened in a tab of its own: shown by the browser's viewer, without scripts or forms.

The viewer fetches a sound a second time and is refused unless it counts as the same site. A
page that embeds the file is not touched by this.
"""

_RANGE = re.compile(r"bytes=\s*([0-9]{0,30})-([0-9]{0,30})\s*", re.IGNORECASE)
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|%]+')


class RangeMissingError(Exception):
    """None of the bytes asked for exist."""


def send_object(
    key: str,
    *,
    content_type: str,
    filename: str,
    size: int | None = None,
    etag: str | None = None,
    modified: datetime | None = None,
    attachment: bool = False,
    read: Reader | None = None,
) -> Response:
    """Answer with the object under `key`, or the part or the confirmation asked for.

    Only call it for a reader who may have the object. Whatever a row may say, only types that
    are decoded here are shown by the browser; others are saved. `size` in bytes saves asking
    storage; without `etag` the key makes one, because it is never used for anything else.
    `read` fetches the bytes from somewhere nearer than storage.

    The database connection is given back first: a slow listener holds none. Browsers keep
    the bytes but ask each time, so that nobody sees them after signing out.

    Raises:
        ObjectMissing: nothing is stored under `key`.
        StorageError: storage does not answer.
    """
    db.session.close()
    size = size or _noted(key, lambda: open_storage().size(key))
    response = _headed(content_type, filename, attachment=attachment)
    response.set_etag(etag or hashlib.sha256(key.encode()).hexdigest()[:32])
    if modified:
        response.last_modified = modified.astimezone(UTC).replace(microsecond=0)
    if _is_unchanged(response):
        response.status_code = 304
        return response
    try:
        part = _part(response, size)
    except RangeMissingError:
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    start, end = part or (0, size)
    if part:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    response.content_length = end - start
    if request.method != "HEAD":
        response.response = _body(key, start, end - start, read)
        response.direct_passthrough = True
    return response


def _headed(content_type: str, filename: str, *, attachment: bool) -> Response:
    """Return an empty answer with the headers that keep the object harmless."""
    if content_type not in TYPES:
        content_type, attachment = "application/octet-stream", True
    response = Response(status=200, content_type=content_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = disposition(filename, attachment=attachment)
    return response


def _body(key: str, start: int, length: int, read: Reader | None) -> Iterable[bytes]:
    body = _noted(key, lambda: (read or partial(open_storage().open, key))(start, length))
    if isinstance(body, ObjectBody) and body.length != length:
        body.close()
        log.error("%s is not as long as its row says", key)
        raise StorageError("A stored file is shorter than it should be.")
    return body


def _noted(key: str, ask: Callable[[], Answer]) -> Answer:
    """Ask storage, and leave word in the log when a row points at nothing."""
    try:
        return ask()
    except ObjectMissing:
        log.warning("nothing is stored under %s, though a row says so", key)
        raise


def disposition(filename: str, *, attachment: bool = False) -> str:
    """Return Content-Disposition for any file name, however odd.

    What could break a header, a path or the reading direction is taken out; a name beyond
    ASCII is sent both ways (RFC 6266).
    """
    words = unicodedata.normalize("NFC", " ".join(filename.split()))
    kept = "".join(c for c in words if unicodedata.category(c)[0] != "C")
    name = _NOT_IN_NAMES.sub("-", kept)
    stem, dot, extension = name.rpartition(".")
    name = (stem[:100].strip(" .-") or "file") + dot + extension[:10] if dot else name[:100]
    name = name.strip(" .") or "file"
    # Wide and curled forms of the characters taken out above become them once more here.
    narrow = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _NOT_IN_NAMES.sub("-", narrow).strip(" .")
    if not plain or plain == extension:
        plain = f"file{dot}{plain}"
    kind = "attachment" if attachment else "inline"
    value = f'{kind}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def requested_part(header: str, size: int) -> tuple[int, int] | None:
    """Return first byte and end of a Range, or None when the whole is the right answer.

    That is so for nonsense, for units other than bytes and for several ranges at once.

    Raises:
        RangeMissingError: it is a range, of bytes that an object of `size` doesn't have.
    """
    match = _RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last or size) + 1, size)
        if last and int(last) < start:
            return None
    if start >= size:
        raise RangeMissingError
    return start, end


def _is_unchanged(response: Response) -> bool:
    """Say whether what the browser has is what it would get."""
    if request.if_none_match:
        etag, _ = response.get_etag()
        return etag is not None and request.if_none_match.contains_weak(etag)
    since = request.if_modified_since
    return bool(since and response.last_modified and response.last_modified <= since)


def _part(response: Response, size: int) -> tuple[int, int] | None:
    """Return the part asked for, unless it belongs to an object that has changed."""
    header = request.headers.get("Range")
    if not header or request.method != "GET":
        return None
    if_range = request.headers.get("If-Range", "").strip()
    if if_range and if_range != response.headers["ETag"]:
        date = parse_date(if_range)
        if not date or not response.last_modified or date != response.last_modified:
            return None
    return requested_part(header, size)
