"""Several narrations joined into one sound, with its text, times and chapters."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from errors import ObjectMissing
from queries.briefings import Part
from services import samples
from services.alignment import Alignment, Basis, from_anchors
from services.encoding import Sound
from services.samples import Samples, UnreadableSound
from services.storage import Storage
from services.voices.joining import Joiner

log = logging.getLogger(__name__)

TICK = 5.0
"""Seconds of work between two signs of life."""
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
    told: list[Part]
    """What is in it; a sound that is lost or broken is left out."""


def join(
    parts: Sequence[Part], folder: Path, storage: Storage, tick: Callable[[], None]
) -> Episode | None:
    """Join narrations in their order; None when not one of them has a sound.

    `tick` is called every few seconds and may raise to stop.

    They are decoded and encoded anew, which is what makes length and times exact whatever each
    was made by.

    Raises:
        StorageError: storage does not answer.
        UnreadableSound: one of them breaks off.
    """
    chapters: list[dict[str, Any]] = []
    told: list[Part] = []
    with Joiner(folder) as joiner:
        for place, part in enumerate(parts):
            tick()
            try:
                with storage.open(part.storage_key) as body:
                    rate, blocks = samples.decode(body.read())
            except (ObjectMissing, UnreadableSound) as error:
                log.warning("left out of a briefing: %s: %s", part.storage_key, error)
                continue
            tail = BETWEEN if place + 1 < len(parts) else ""
            chapters.append(_chapter(part, joiner.seconds))
            told.append(part)
            joiner.add(
                rate, _alive(blocks, tick), partial(_times, part, tail), part.text.rstrip() + tail
            )
        tick()
        if not told:
            return None
        sound, alignment = joiner.finish()
    return Episode(sound, alignment, chapters, told)


def _alive(blocks: Iterator[Samples], tick: Callable[[], None]) -> Iterator[Samples]:
    """Pass samples on, with a sign of life now and then."""
    last = time.monotonic()
    for block in blocks:
        if time.monotonic() - last > TICK:
            tick()
            last = time.monotonic()
        yield block


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
