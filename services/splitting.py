"""Where a text may be cut: at sentence ends first, never inside a visible character."""

import re
from bisect import bisect_right

from services import graphemes

CLOSERS = "\"'’”»›)\\]}」』）】〉》"
ENDING = re.compile(
    rf"""
      (?P<stops>[.!?…؟۔।॥։]+ [{CLOSERS}]*) (?P<space>\s+ | \Z)
    | [。！？｡]+ [{CLOSERS}]* \s*
    | \n\s*
    """,
    re.VERBOSE,
)
CLAUSE_END = re.compile(rf"[,;:،؛—–、，；：] [{CLOSERS}]* \s | [、，；：]", re.VERBOSE)
LAST_TOKEN = re.compile(r"[^\s(\[{\"“‘„«]+\Z")
LONGEST_TOKEN = 24
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "rev",
        "hon",
        "st",
        "sr",
        "jr",
        "gen",
        "col",
        "capt",
        "lt",
        "sgt",
        "sen",
        "rep",
        "gov",
        "pres",
        "messrs",
        "mt",
        "ft",
        "no",
        "nos",
        "vol",
        "fig",
        "figs",
        "pp",
        "ed",
        "eds",
        "al",
        "etc",
        "vs",
        "cf",
        "ca",
        "approx",
        "dept",
        "est",
        "inc",
        "ltd",
        "co",
        "corp",
        "bros",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mon",
        "tue",
        "tues",
        "wed",
        "thu",
        "thurs",
        "fri",
        "e.g",
        "i.e",
        "a.m",
        "p.m",
        "u.s",
        "u.k",
        "u.n",
        "e.u",
        "d.c",
        "ph.d",
        "b.a",
        "m.a",
        "z.b",
        "d.h",
        "u.a",
        "bzw",
        "usw",
        "vgl",
        "nr",
        "str",
        "hr",
        "fr",
        "abs",
        "art",
        "bd",
        "m",
        "mme",
        "mlle",
        "mm",
        "p.ex",
        "c.-à-d",
        "sra",
        "srta",
        "dña",
        "ud",
        "uds",
        "pág",
        "sig",
        "dott",
        "avv",
        "ing",
        "т.е",
        "т.к",
        "т.д",
        "т.п",
        "г",
        "гг",
        "руб",
    ]
)
"""Words that end in a full stop without ending a sentence; lower case, without that stop."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence; together they cover `text` exactly.

    The space behind a sentence belongs to it. A line break always ends one.
    """
    places = graphemes.boundaries(text)
    spans: list[tuple[int, int]] = []
    start = 0
    for match in ENDING.finditer(text):
        if match.group("stops") and not _ends_sentence(text, start, match):
            continue
        end = graphemes.ceiling(places, match.end())
        if end > start:
            spans.append((start, end))
            start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def split(text: str, limit: int) -> list[str]:
    """Cut `text` into parts of at most `limit` characters that join to exactly `text`.

    Cuts fall at sentence ends; a sentence longer than the limit is cut behind a comma, else
    at a space, else between two visible characters. A part is longer than `limit` only when
    a single visible character is.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    if len(text) <= limit:
        return [text] if text else []
    places = graphemes.boundaries(text)
    ends = [end for _, end in sentence_spans(text)]
    parts: list[str] = []
    start = 0
    while len(text) - start > limit:
        nearest = bisect_right(ends, start + limit) - 1
        end = ends[nearest] if nearest >= 0 else 0
        if end <= start:
            end = _cut_within(text, start, limit, places)
        parts.append(text[start:end])
        start = end
    if start < len(text):
        parts.append(text[start:])
    return parts


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 1]
    if not following or "\n" in (match.group("space") or ""):
        return True
    if following.islower():
        return False
    if match.group("stops") != ".":
        return True
    before = text[max(start, match.start() - LONGEST_TOKEN) : match.start()]
    token = LAST_TOKEN.search(before)
    if token is None:
        return True
    word = token.group()
    if word.casefold() in ABBREVIATIONS or (len(word) == 1 and word.isupper()):
        return False
    numbers_a_line = word.isdecimal() and match.start() - start < LONGEST_TOKEN
    return not (numbers_a_line and not before[: token.start()].strip())


def _cut_within(text: str, start: int, limit: int, places: list[int]) -> int:
    """Return where to cut a sentence that does not fit, somewhere after `start`."""
    window = text[start : start + limit]
    least = limit // 3
    clauses = [match.end() for match in CLAUSE_END.finditer(window)]
    spaces = [match.end() for match in re.finditer(r"\s+", window)]
    for cuts in (clauses, spaces):
        for cut in reversed(cuts):
            if least <= cut and graphemes.floor(places, start + cut) == start + cut:
                return start + cut
    cut = graphemes.floor(places, start + limit)
    return cut if cut > start else graphemes.ceiling(places, start + 1)
