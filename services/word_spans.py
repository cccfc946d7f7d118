"""The words and sentences of a spoken text, with their times: what lights up.

A span never starts or ends inside a visible character. Marks and spaces between words
belong to no span.
"""

import re
from functools import lru_cache
from itertools import pairwise
from unicodedata import category

from services import graphemes
from services.alignment import Alignment
from services.splitting import sentence_spans

Timed = tuple[int, int, float, float]
"""First character, character after the last, start and end in seconds."""

CONNECTORS = frozenset("'’‘-‐‑.,:/@&_·\u00ad")
"""Marks that join two letters or digits into one word: don't, 3.14, e-mail, 50/50."""
LONGEST = 60
"""A run of letters without a space is lit in pieces of this many visible characters."""
SYLLABIC = 4
"""Scripts without spaces whose signs are not words by themselves are lit this many at a time."""
IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]"
)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of every word, in order and without overlap.

    Chinese is lit sign by sign, other scripts without spaces a few signs at a time, and an
    emoji is a word.
    """
    spans: list[tuple[int, int]] = []
    kinds: list[str] = []
    lengths: list[int] = []
    places = graphemes.boundaries(text)
    for start, end in pairwise(places):
        kind = _kind(text[start])
        if kind == "mark" and text[start] in CONNECTORS and spans and kinds[-1] == "letter":
            following = text[end : end + 1]
            if spans[-1][1] == start and following and _kind(following) == "letter":
                kind = "letter"
        if kind in {"mark", "space"}:
            continue
        limit = {"letter": LONGEST, "unspaced": SYLLABIC}.get(kind, 1)
        if spans and spans[-1][1] == start and kinds[-1] == kind and lengths[-1] < limit:
            spans[-1] = (spans[-1][0], end)
            lengths[-1] += 1
        else:
            spans.append((start, end))
            kinds.append(kind)
            lengths.append(1)
    return spans


def words(alignment: Alignment) -> list[Timed]:
    """Return every word with its times, rounded to milliseconds, for the player."""
    return [_timed(alignment, start, end) for start, end in word_spans(alignment.text)]


def sentences(alignment: Alignment) -> list[Timed]:
    """Return every sentence that holds a word, without the space around it."""
    text = alignment.text
    spans = word_spans(text)
    timed: list[Timed] = []
    position = 0
    for start, end in sentence_spans(text):
        while position < len(spans) and spans[position][1] <= start:
            position += 1
        if position == len(spans) or spans[position][0] >= end:
            continue
        piece = text[start:end]
        first = start + len(piece) - len(piece.lstrip())
        last = start + len(piece.rstrip())
        timed.append(_timed(alignment, first, last))
    return timed


def _timed(alignment: Alignment, start: int, end: int) -> Timed:
    begin = round(alignment.start_times[start], 3)
    return start, end, begin, max(begin, round(alignment.end_times[end - 1], 3))


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    if IDEOGRAPHS.match(character):
        return "ideograph"
    if UNSPACED.match(character):
        return "unspaced" if category(character)[0] in "LMN" else "mark"
    group = category(character)
    if group[0] in "LMN":
        return "letter"
    if group in {"So", "Sk"}:
        return "symbol"
    if group == "Cn" and character >= "\U0001f000":
        return "symbol"
    return "space" if character.isspace() else "mark"
