"""When each character of a spoken text is heard.

Positions are Python characters (code points) of exactly the spoken text; times are seconds
from the start of the sound.
"""

import math
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

DIGITS = 6
"""Times are rounded to microseconds, so that what is stored equals what is compared."""


class Basis(StrEnum):
    """What the voice itself timed; everything finer is interpolated."""

    CHARACTER = "character"
    WORD = "word"
    SENTENCE = "sentence"


class Grade(StrEnum):
    """How far an alignment can be trusted: words, sentences, or nothing lights up."""

    GOOD = "good"
    COARSE = "coarse"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Alignment:
    """Start and end of every character; the three lists are parallel.

    `faults` are defects that were mended on arrival, in words an admin may read.
    """

    characters: list[str]
    start_times: list[float]
    end_times: list[float]
    basis: Basis
    faults: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The spoken text."""
        return "".join(self.characters)

    @property
    def end(self) -> float:
        """The last moment that is timed."""
        return self.end_times[-1] if self.end_times else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade with its reasons, each a short sentence."""

    grade: Grade
    reasons: tuple[str, ...] = ()


def from_anchors(
    text: str, anchors: Iterable[tuple[int, float]], duration: float, basis: Basis
) -> Alignment:
    """Spread `text` over `duration` seconds so that it passes through the anchors.

    An anchor says at which second a character starts. One that would turn time or text back,
    or lies outside, is left out. Between anchors every character lasts equally long, and the
    last one ends with the sound.
    """
    size = len(text)
    if not size:
        return Alignment([], [], [], basis)
    kept: list[tuple[int, float]] = [(0, 0.0)]
    for index, second in anchors:
        last_index, last_second = kept[-1]
        onward = last_index < index < size or (index == 0 and len(kept) == 1)
        if onward and last_second <= second <= duration:
            kept.append((index, second))
    kept.append((size, duration))
    marks = [0.0] * (size + 1)
    for (first, begin), (last, end) in pairwise(kept):
        for index in range(first, last):
            marks[index] = round(begin + (end - begin) * (index - first) / (last - first), DIGITS)
    marks[size] = round(duration, DIGITS)
    return Alignment(list(text), marks[:-1], marks[1:], basis)


def join(parts: Sequence[tuple[Alignment, float]], duration: float) -> Alignment:
    """Make one alignment of several, each with the second at which its sound begins.

    Silence between two parts belongs to the last character of the earlier one. The coarsest
    basis wins.
    """
    characters: list[str] = []
    starts: list[float] = []
    ends: list[float] = []
    for part, offset in parts:
        if not part.characters:
            continue
        if ends:
            ends[-1] = max(starts[-1], round(offset, DIGITS))
        characters += part.characters
        starts += [round(second + offset, DIGITS) for second in part.start_times]
        ends += [round(second + offset, DIGITS) for second in part.end_times]
    if ends:
        ends[-1] = max(starts[-1], round(duration, DIGITS))
    bases = {part.basis for part, _ in parts if part.characters}
    coarsest = next((basis for basis in reversed(Basis) if basis in bases), Basis.CHARACTER)
    faults = dict.fromkeys(fault for part, _ in parts for fault in part.faults)
    return Alignment(characters, starts, ends, coarsest, tuple(faults))


def check(alignment: Alignment, text: str, duration: float) -> Verdict:
    """Grade an alignment against the spoken text and the sound's real length."""
    broken = _broken(alignment, text)
    if broken:
        return Verdict(Grade.UNUSABLE, (broken,))
    gap = abs(alignment.end - duration)
    lasts = f"The times end at {alignment.end:.2f} s, the sound at {duration:.2f} s."
    starts = _spoken_starts(alignment)
    flat = _flat_share(starts)
    stuck = f"{flat:.0%} of the characters share their moment with others."
    if gap > max(1.0, duration * 0.05):
        return Verdict(Grade.UNUSABLE, (lasts,))
    if flat > 0.6:
        return Verdict(Grade.UNUSABLE, (stuck,))
    reasons = list(alignment.faults)
    if gap > max(0.25, duration * 0.005):
        reasons.append(lasts)
    if flat > 0.2:
        reasons.append(stuck)
    if _rushes(starts):
        reasons.append("A passage goes by faster than anyone can speak.")
    if alignment.basis is Basis.SENTENCE:
        reasons.append("This voice only tells when each sentence starts.")
    return Verdict(Grade.COARSE if reasons else Grade.GOOD, tuple(reasons))


def _broken(alignment: Alignment, text: str) -> str:
    sizes = {
        len(alignment.characters),
        len(alignment.start_times),
        len(alignment.end_times),
        len(text),
    }
    if len(sizes) != 1 or not text:
        return "The voice did not time every character."
    if alignment.characters != list(text):
        return "The voice timed another text than the one it was given."
    starts, ends = alignment.start_times, alignment.end_times
    if not all(map(math.isfinite, starts + ends)) or min(starts + ends) < 0:
        return "Some times are not numbers, or lie before the start."
    if any(map(operator.lt, ends, starts)):
        return "Some characters end before they start."
    if any(map(operator.gt, starts, starts[1:])):
        return "Time goes back between some characters."
    return ""


def _spoken_starts(alignment: Alignment) -> list[float]:
    pairs = zip(alignment.characters, alignment.start_times, strict=True)
    return [start for character, start in pairs if character.isalnum()]


def _flat_share(starts: list[float]) -> float:
    """Return the share of `starts` in long runs of one and the same moment."""
    run, total = 1, 0
    for before, after in pairwise([*starts, math.inf]):
        if after == before:
            run += 1
            continue
        total += run if run > 24 else 0
        run = 1
    return total / max(1, len(starts))


def _rushes(starts: list[float]) -> bool:
    """Tell whether a hundred spoken characters in a row take less than half a second."""
    return any(starts[i + 100] - starts[i] < 0.5 for i in range(0, len(starts) - 100, 25))
