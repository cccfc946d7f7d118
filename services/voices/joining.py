"""Parts of a narration, one behind the other, become one sound with one alignment."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from services import samples
from services.alignment import Alignment, Basis, from_anchors, join
from services.encoding import Mp3Writer, Sound
from services.mp3_header import RATES
from services.samples import Samples

PAUSE_AT_SENTENCE = 0.12
PAUSE_AT_LINE = 0.35
PAUSE_AT_BLOCK = 0.6
"""Seconds of silence behind a part, by how its text ends."""

Timing = Callable[[float], Alignment]
"""Given how long a part's sound lasts, tells when its characters are heard."""


class Joiner:
    """Puts parts together; use as a context manager. A failure leaves no file."""

    def __init__(self, folder: Path) -> None:
        handle, name = tempfile.mkstemp(suffix=".mp3", dir=folder)
        os.close(handle)
        self._path = Path(name)
        self._writer: Mp3Writer | None = None
        self._rate = 0
        self._parts: list[tuple[Alignment, float]] = []
        self._unspoken = ""

    def __enter__(self) -> "Joiner":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            if self._writer is not None:
                self._writer.abandon()
            self._path.unlink(missing_ok=True)

    @property
    def seconds(self) -> float:
        """How long the sound is so far."""
        return self._writer.samples / self._rate if self._writer is not None else 0.0

    def add(self, rate: int, blocks: Iterator[Samples], timing: Timing, text: str) -> None:
        """Append the sound of `text`, and the pause that its end asks for.

        Raises:
            UnreadableSound: the part holds no samples, or its sound breaks off.
        """
        writer = self._opened(rate)
        offset = self.seconds
        for block in samples.faded(samples.resampled(blocks, rate, self._rate), self._rate):
            writer.write(block.tobytes())
        duration = self.seconds - offset
        if duration <= 0:
            raise samples.UnreadableSound("a sound without samples")
        if self._unspoken:
            self._parts.append((from_anchors(self._unspoken, [], 0.0, Basis.CHARACTER), offset))
            self._unspoken = ""
        self._parts.append((timing(duration), offset))
        writer.write_silence(_pause(text))

    def skip(self, text: str) -> None:
        """Append text that nobody can speak, such as a line of dashes; it takes no time."""
        if self._writer is None:
            self._unspoken += text
        else:
            self._parts.append((from_anchors(text, [], 0.0, Basis.CHARACTER), self.seconds))

    def finish(self) -> tuple[Sound, Alignment]:
        """Close the file and return it with the alignment over all parts."""
        assert self._writer is not None
        finished = self._writer.close()
        return finished, join(self._parts, finished.duration)

    def _opened(self, rate: int) -> Mp3Writer:
        if self._writer is None:
            self._rate = min(RATES, key=lambda known: (known < rate, abs(known - rate)))
            self._writer = Mp3Writer(self._path, self._rate)
        return self._writer


def _pause(text: str) -> float:
    tail = text[len(text.rstrip()) :]
    if tail.count("\n") > 1:
        return PAUSE_AT_BLOCK
    return PAUSE_AT_LINE if tail else PAUSE_AT_SENTENCE
