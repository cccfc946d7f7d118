"""A provider's timings are brought onto exactly the characters of the spoken text.

Providers cut characters differently (UTF-16 halves, whole emoji), leave out line breaks or
time the words as pronounced. What does not fit is interpolated between what does, and the
alignment says so.
"""

import math
import re
from difflib import SequenceMatcher

from services.alignment import DIGITS, Alignment, Basis, from_anchors

TimedText = tuple[str, float, float]
"""A piece of text with its start and end in seconds."""

ENOUGH = 0.9
"""Share of the letters that must be timed for words to be lit."""


def match(text: str, timings: list[TimedText], duration: float) -> Alignment:
    """Return an alignment of exactly `text` that ends with the sound.

    Times outside the sound or running backwards are mended; where much had to be, a fault
    says so. Without usable times only the beginning and the end are known.
    """
    usable = [timing for timing in _whole_characters(timings) if _sane(timing)]
    overrun = max((end for _, _, end in usable), default=0.0) - duration
    mended, backwards = _forward(usable, duration)
    faults: list[str] = []
    if overrun > max(0.25, duration * 0.005):
        faults.append(f"The times run {overrun:.2f} s past the end of the sound.")
    if backwards > len(usable) * 0.01:
        faults.append(f"Time ran backwards in {backwards} places.")
    if "".join(piece for piece, _, _ in mended) == text:
        return _direct(text, mended, duration, tuple(faults))
    anchors, share = _anchors(text, mended)
    if share < ENOUGH:
        faults.append(f"Only {share:.0%} of the text was timed.")
        basis = Basis.SENTENCE
    else:
        basis = Basis.CHARACTER
    spread = from_anchors(text, anchors, duration, basis)
    return Alignment(spread.characters, spread.start_times, spread.end_times, basis, tuple(faults))


def text_of(timings: list[TimedText]) -> str:
    """Return the text a provider timed."""
    return "".join(piece for piece, _, _ in _whole_characters(timings))


def _whole_characters(timings: list[TimedText]) -> list[TimedText]:
    """Put surrogate halves together and give every code point an entry of its own."""
    whole: list[TimedText] = []
    half: TimedText | None = None
    for given, begin, end in timings:
        text, start = (half[0] + given, half[1]) if half is not None else (given, begin)
        half = (text, start, end) if text and "\ud800" <= text[-1] <= "\udbff" else None
        if half is not None:
            continue
        piece = text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
        step = (end - start) / len(piece) if piece else 0.0
        whole += [
            (character, start + step * index, start + step * (index + 1))
            for index, character in enumerate(piece)
        ]
    return whole


def _sane(timing: TimedText) -> bool:
    _, start, end = timing
    return math.isfinite(start) and math.isfinite(end) and start >= -0.05


def _forward(timings: list[TimedText], duration: float) -> tuple[list[TimedText], int]:
    """Keep times inside the sound and from running backwards; count what did."""
    mended: list[TimedText] = []
    latest = 0.0
    backwards = 0
    for piece, start, end in timings:
        backwards += start < latest - 0.02
        latest = min(duration, max(latest, start))
        mended.append((piece, latest, min(duration, max(latest, end))))
    return mended, backwards


def _direct(
    text: str, timings: list[TimedText], duration: float, faults: tuple[str, ...]
) -> Alignment:
    starts = [round(start, DIGITS) for _, start, _ in timings]
    ends = [round(end, DIGITS) for _, _, end in timings]
    if ends:
        ends[-1] = max(starts[-1], round(duration, DIGITS))
    return Alignment(list(text), starts, ends, Basis.CHARACTER, faults)


def _anchors(text: str, timings: list[TimedText]) -> tuple[list[tuple[int, float]], float]:
    """Pair equal words of both texts; return (character, second) and the share timed."""
    other = "".join(piece for piece, _, _ in timings)
    words = [(found.group(), found.start()) for found in re.finditer(r"\S+", text)]
    theirs = [(found.group(), found.start()) for found in re.finditer(r"\S+", other)]
    matcher = SequenceMatcher(
        None, [word for word, _ in words], [word for word, _ in theirs], autojunk=False
    )
    anchors: list[tuple[int, float]] = []
    timed = 0
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            word, place = words[block.a + step]
            source = theirs[block.b + step][1]
            anchors += [(place + index, timings[source + index][1]) for index in range(len(word))]
            end = source + len(word)
            if place + len(word) < len(text) and text[place + len(word)].isspace():
                anchors.append((place + len(word), timings[end - 1][2]))
            timed += len(word)
    total = sum(len(word) for word, _ in words)
    return anchors, timed / total if total else 0.0
