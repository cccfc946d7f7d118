"""Bytes of a feed, mended where one small fault would spoil all of it."""

import re
from html.entities import html5

_REFERENCE = re.compile(rb"&#(?:(\d{1,12})|[xX]([0-9a-fA-F]{1,12}));(?:&#(\d{5});)?")
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30};)")
_ENTRY = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_MOST_AT_AN_END = 2000
"""Entries at either end of a feed, among which its newest are."""
_OF_XML = {b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"}


def mended(body: bytes) -> bytes:
    """Return a body as a parser can take it, and that says the same."""
    body = _REFERENCE.sub(_character, _shortened(body))
    if b"<!DOCTYPE" in body[:4096]:
        # A parser that may not fetch the definitions leaves such words out.
        body = _NAMED.sub(_number, body)
    return body


def _shortened(body: bytes) -> bytes:
    """Return a feed without the middle of what would take a parser for ever."""
    starts = [found.start() for found in _ENTRY.finditer(body)]
    if len(starts) <= 2 * _MOST_AT_AN_END:
        return body
    return body[: starts[_MOST_AT_AN_END]] + body[starts[-_MOST_AT_AN_END] :]


def _character(found: re.Match[bytes]) -> bytes:
    """Leave out a reference to a character that XML may not have, and join halves of one."""
    code = int(found[1]) if found[1] else int(found[2], 16)
    other = int(found[3]) if found[3] else 0
    if code == 0x85:
        # Counted as Windows does. The parser knows the others, but takes this one for a space.
        code = 0x2026
    if 0xD800 <= code < 0xDC00 <= other < 0xE000:
        return b"&#%d;" % (0x10000 + ((code - 0xD800) << 10) + other - 0xDC00)
    behind = b"&#%d;" % other if _is_allowed(other) else b""
    return (b"&#%d;" % code if _is_allowed(code) else b"") + behind


def _is_allowed(code: int) -> bool:
    return (
        code in {9, 10, 13}
        or 0x20 <= code < 0xD800
        or 0xE000 <= code < 0xFFFE
        or (0x10000 <= code < 0x110000)
    )


def _number(found: re.Match[bytes]) -> bytes:
    if found[1] in _OF_XML:
        return found[0]
    characters = html5.get(found[1].decode(), "")
    return b"".join(b"&#%d;" % ord(one) for one in characters) or found[0]
