"""What the page needs to light up a narration's text: its words and sentences with their times.

The list is compact, because a long story has thousands of words: four whole numbers each.
Positions are characters (code points) of `text`, times milliseconds.
"""

from enum import StrEnum
from typing import Any

from services.alignment import Alignment, Basis, Grade, Verdict, check
from services.voices.languages import LANGUAGES, suggest_language
from services.word_spans import Timed, sentences, words


class Mode(StrEnum):
    """The finest thing that may light up."""

    WORD = "word"
    SENTENCE = "sentence"
    NOTHING = "none"


def word_list(
    text: str, alignment: Alignment | None, verdict: Verdict, language: str
) -> dict[str, Any]:
    """Return what the page is sent; without usable times there is only the text."""
    mode = finest(alignment, verdict.grade)
    timed = alignment if mode is not Mode.NOTHING else None
    return {
        "version": 1,
        "mode": mode.value,
        "basis": alignment.basis.value if alignment else "",
        "grade": verdict.grade.value,
        "reasons": list(verdict.reasons),
        "language": language,
        "text": text,
        "words": _compact(words(timed)) if timed and mode is Mode.WORD else [],
        "sentences": _compact(sentences(timed)) if timed else [],
    }


def finest(alignment: Alignment | None, grade: Grade) -> Mode:
    """Return what may light up: never a word whose time is only guessed."""
    if alignment is None or grade is Grade.UNUSABLE:
        return Mode.NOTHING
    if grade is Grade.COARSE or alignment.basis is Basis.SENTENCE:
        return Mode.SENTENCE
    return Mode.WORD


def judge(
    alignment: Alignment, text: str, duration: float, known: str, reasons: list[str]
) -> Verdict:
    """Return the grade that was given on arrival, or give one to times from elsewhere."""
    if known in set(Grade):
        return Verdict(Grade(known), tuple(reasons))
    return check(alignment, text, duration)


def language_of(voice_id: str, language: str, text: str) -> str:
    """Return the language tag of a narration, as far as it can be known; else nothing."""
    provider, _, native = voice_id.partition(":")
    if language:
        return language
    if provider == "espeak":
        name = native.partition("+")[0]
        return next((one.tag for one in LANGUAGES if one.espeak == name), "")
    return suggest_language(text)


def _compact(spans: list[Timed]) -> list[list[int]]:
    return [
        [first, last, round(start * 1000), round(end * 1000)] for first, last, start, end in spans
    ]
