"""The text of a feed in UTF-8, whatever it came in and whatever is said of that."""

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # Without a mark the first character tells: what it stands for, it can only be in one of them.
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<\x00", "utf-16-be"),
)
_OF_MAINFRAMES = b"\x4c\x6f\xa7\x94"
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")
_SENT = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_WIDER = {
    **dict.fromkeys(("iso8859-1", "ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **{"shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874", "iso8859-9": "cp1254"},
}
"""What is meant by a name: the encoding that has the same characters, and more."""
_OTHER_NAMES = {"x-sjis": "cp932", "x-gbk": "gb18030", "windows-874": "cp874", "x-euc-jp": "euc_jp"}
_NOT_MEANT = ("utf-", "punycode", "idna", "unicode", "raw", "undefined")
"""Beginnings of names that say nothing of a text that is not UTF-8 and has no mark."""
_GUESSED = (
    *("cp1252", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_SAMPLE, _TOO_LITTLE = 20_000, 8
"""Bytes by which an encoding is guessed, and foreign ones below which it is not."""
_NO_WORDS = re.compile(rb"<!--.{0,2000}?-->|<[^<>]*>", re.DOTALL)
_UNDECODED = re.compile("[\udc80-\udcff]")


def in_utf8(body: bytes, content_type: str) -> tuple[bytes, bool]:
    """Return a body in UTF-8, and whether it is; only a mainframe's stays as it came."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").removeprefix("\ufeff").encode(), True
    if body.startswith(_OF_MAINFRAMES):
        return body, False
    body = body.removeprefix(codecs.BOM_UTF8)
    named = _named(body, content_type)
    return _decoded(body, named).encode("utf-8", "replace"), True


def _named(body: bytes, content_type: str) -> list[str]:
    """Return the encodings that a body may be in as it is said, the likeliest first."""
    declared, sent = _DECLARED.search(body[:2000]), _SENT.search(content_type)
    own = _codec(declared[1].decode()) if declared else ""
    header = _codec(sent[1]) if sent else ""
    # Servers say of everything that it is Latin-1, because nobody told them.
    both = [own] if header == "cp1252" else [header, own]
    return [one for one in both if one]


def _codec(name: str) -> str:
    """Return what Python calls an encoding; nothing for what is none."""
    try:
        known = codecs.lookup(_OTHER_NAMES.get(name.lower(), name)).name
    except (LookupError, ValueError):
        return ""
    return "" if known.startswith(_NOT_MEANT) else _WIDER.get(known, known)


def _decoded(body: bytes, named: list[str]) -> str:
    if body.isascii():
        # Some have other scripts in ASCII, behind an escape.
        shifting = [one for one in named if one.startswith(("iso2022", "hz"))]
        shifting += ["iso2022_jp"] if b"\x1b$B" in body else []
        return (_whole(body, shifting[0]) if shifting else "") or body.decode()
    try:
        # What is UTF-8 is not so by chance.
        return body.decode()
    except UnicodeDecodeError:
        pass
    for name in named:
        if text := _whole(body, name):
            return text
    return _with_strays(body) or _guessed(body)


def _whole(body: bytes, name: str) -> str:
    """Return a text with hardly anything that can't be read; nothing when there is more."""
    try:
        text = body.decode(name, "replace")
    except (LookupError, ValueError):
        return ""
    # Whoever shortens texts by bytes cuts through characters.
    return text if "<" in text and text.count("\ufffd") * 20 <= _foreign(body) else ""


def _foreign(body: bytes) -> int:
    """Return how many bytes are not ASCII."""
    return len(body.translate(None, bytes(range(0x80))))


def _with_strays(body: bytes) -> str:
    """Return what is UTF-8 but for a few bytes of an older encoding; nothing for other text."""
    text = body.decode("utf-8", "surrogateescape")
    strays = len(_UNDECODED.findall(text))
    if strays > sum(1 for one in text if "\x7f" < one < "\ud800" or one > "\udfff"):
        return ""
    return _UNDECODED.sub(_older, text)


def _older(found: re.Match[str]) -> str:
    return bytes([ord(found[0]) - 0xDC00]).decode("windows-1252", "replace")


def _guessed(body: bytes) -> str:
    """Return text of which nobody says truly what it is in; Western, unless it looks otherwise."""
    words = b" ".join(
        one for one in _NO_WORDS.sub(b" ", body[: 10 * _SAMPLE]).split() if not one.isascii()
    )
    if _foreign(words) < _TOO_LITTLE:
        return body.decode("cp1252", "replace")
    guess = from_bytes(words[:_SAMPLE], cp_isolation=list(_GUESSED), enable_fallback=False).best()
    return body.decode(guess.encoding if guess else "cp1252", "replace")
