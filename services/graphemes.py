"""Where one visible character ends and the next begins.

Follows the extended grapheme clusters of Unicode's UAX #29 as far as Python's own character
data reaches. Where that data is too coarse it joins rather than splits, so that a boundary
reported here is always one.
"""

from bisect import bisect_left, bisect_right
from functools import lru_cache
from unicodedata import category, combining

ZERO_WIDTH_JOINER = "\u200d"
VIRAMA = 9
"""Canonical combining class of the signs that fuse two Indic consonants."""
LEADING_SIGNS = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e"
    "\U000110bd\U000110cd\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011d46"
    "\U00011f02"
)
"""Signs that belong to the character after them, such as the Arabic number sign."""
SPACING_VOWELS = frozenset("\u0e33\u0eb3\uff9e\uff9f\u200c")
"""Letters by category that Unicode nevertheless hangs on the character before."""


def boundaries(text: str) -> list[int]:
    """Return every place where `text` may be cut, 0 and its length included."""
    if not text:
        return [0]
    if text.isascii():
        if "\r\n" not in text:
            return list(range(len(text) + 1))
        return [i for i in range(len(text) + 1) if text[i - 1 : i + 1] != "\r\n"]
    places = [0]
    flags = 0
    for index in range(1, len(text)):
        before, here = text[index - 1], text[index]
        flags = flags + 1 if _is_flag_half(before) else 0
        if not _joined(before, here, flags, text, index):
            places.append(index)
    places.append(len(text))
    return places


def floor(places: list[int], index: int) -> int:
    """Return the last of `places` that is not after `index`."""
    return places[bisect_right(places, index) - 1]


def ceiling(places: list[int], index: int) -> int:
    """Return the first of `places` that is not before `index`."""
    return places[min(bisect_left(places, index), len(places) - 1)]


def _joined(before: str, here: str, flags: int, text: str, index: int) -> bool:
    if before < "\u0300" and here < "\u0300":
        return before == "\r" and here == "\n"
    if _kind(before) == "control" or _kind(here) == "control":
        return False
    if _kind(here) == "extend" or before in LEADING_SIGNS:
        return True
    if _kind(here) == "symbol" and before == ZERO_WIDTH_JOINER:
        return True
    if _is_flag_half(before) and _is_flag_half(here):
        return flags % 2 == 1
    return _hangul(before, here) or _conjunct(here, text, index)


def _conjunct(here: str, text: str, index: int) -> bool:
    """Tell whether a virama, perhaps with joiners behind it, leads to the letter `here`."""
    if category(here) != "Lo":
        return False
    index -= 1
    while index >= 0 and _kind(text[index]) == "extend":
        if combining(text[index]) == VIRAMA:
            return True
        index -= 1
    return False


def _hangul(before: str, here: str) -> bool:
    first, second = _jamo(before), _jamo(here)
    if first == "L":
        return second in {"L", "V", "LV", "LVT"}
    if first in {"LV", "V"}:
        return second in {"V", "T"}
    return first in {"LVT", "T"} and second == "T"


def _jamo(character: str) -> str:
    if "\uac00" <= character <= "\ud7a3":
        return "LV" if (ord(character) - 0xAC00) % 28 == 0 else "LVT"
    if "\u1100" <= character <= "\u115f" or "\ua960" <= character <= "\ua97c":
        return "L"
    if "\u1160" <= character <= "\u11a7" or "\ud7b0" <= character <= "\ud7c6":
        return "V"
    if "\u11a8" <= character <= "\u11ff" or "\ud7cb" <= character <= "\ud7fb":
        return "T"
    return ""


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    if character == ZERO_WIDTH_JOINER or character in SPACING_VOWELS:
        return "extend"
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return "extend"
    if character in LEADING_SIGNS:
        return "other"
    group = category(character)
    if group in {"Mn", "Me", "Mc"}:
        return "extend"
    if group in {"Cc", "Cf", "Zl", "Zp"}:
        return "control"
    return "symbol" if group in {"So", "Cn", "Sm", "Po"} else "other"
