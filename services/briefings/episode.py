"""Several narrations joined into one sound, with its text, times and chapters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from queries.briefings import Part
from services import samples
from services.alignment import Alignment, Basis, from_anchors
from services.encoding import Sound
from services.storage import Storage
from services.voices.joining import Joiner

BETWEEN = "\n\n"
"""What stands between two stories in the text; the pause in the sound follows from it."""
NO_TIMES = "The times of “{}” can’t be trusted, so they were spread evenly."


@dataclass(frozen=True, slots=True)
class Episode:
    """A joined sound; `alignment.text` is all that it says."""

    sound: Sound
    alignment: Alignment
    chapters: list[dict[str, Any]]
    """Of each story `title`, `start` in seconds, `news_id` and, where it has one, `url`."""


def join(
    parts: Sequence[Part], folder: Path, storage: Storage, tick: Callable[[], None]
) -> Episode:
    """Join narrations in their order. `tick` is called before each and may raise to stop.

    They are decoded and encoded anew, which is what makes length and times exact whatever each
    was made by.

    Raises:
        StorageError: storage doesn't give a sound.
        UnreadableSound: one of them can't be decoded.
    """
    chapters: list[dict[str, Any]] = []
    with Joiner(folder) as joiner:
        for place, part in enumerate(parts):
            tick()
            with storage.open(part.storage_key) as body:
                rate, blocks = samples.decode(body.read())
            tail = BETWEEN if place + 1 < len(parts) else ""
            chapters.append(_chapter(part, joiner.seconds))
            joiner.add(rate, blocks, partial(_times, part, tail), part.text.rstrip() + tail)
        tick()
        sound, alignment = joiner.finish()
    return Episode(sound, alignment, chapters)


def _chapter(part: Part, start: float) -> dict[str, Any]:
    chapter = {
        "title": " ".join(part.headline.split()),
        "start": round(start, 3),
        "news_id": str(part.news_id),
    }
    return chapter | ({"url": part.source_url} if part.source_url else {})


def _times(part: Part, tail: str, duration: float) -> Alignment:
    """Return when the characters of a part are heard, those of the break behind it at its end."""
    text = part.text.rstrip()
    size = len(text)
    graded = part.metadata.get("alignment_grade") != "unusable"
    faults: tuple[str, ...] = ()
    if (
        graded
        and part.start_times
        and part.end_times
        and "".join(part.characters or ()) == part.text
    ):
        starts = [min(second, duration) for second in part.start_times[:size]]
        ends = [min(second, duration) for second in part.end_times[:size]]
        noted = part.metadata.get("alignment_basis")
        basis = Basis(noted) if noted in set(Basis) else Basis.CHARACTER
    else:
        spread = from_anchors(text, [], duration, Basis.SENTENCE)
        starts, ends, basis = spread.start_times, spread.end_times, Basis.SENTENCE
        faults = (NO_TIMES.format(" ".join(part.headline.split())),)
    behind = [duration] * len(tail)
    return Alignment([*text, *tail], starts + behind, ends + behind, basis, faults)
