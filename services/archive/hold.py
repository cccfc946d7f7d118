"""How work on an archive says how far it is, and learns that it must stop."""

from collections.abc import Sequence
from typing import Any, Protocol


class Hold(Protocol):
    """One worker's hold on one request; any of these may raise to end the work."""

    def tell(self, stage: str, progress: float) -> None:
        """Say what is being done, in words for the reader, and the share done, 0 to 1."""

    def about_to_put(self, keys: Sequence[str]) -> None:
        """Note objects before they are put, so that whoever comes after can remove them."""

    def kept(self, report: dict[str, Any], reached: dict[str, Any]) -> None:
        """Note, in the transaction that names those objects, how far it is by then."""

    def commit(self) -> None:
        """End the transaction of a batch, for good."""


class Step:
    """A part of the work, from one share of the whole to another."""

    def __init__(self, hold: Hold, stage: str, start: float, end: float, total: int) -> None:
        self._hold = hold
        self._stage = stage
        self._start = start
        self._span = end - start
        self._total = max(1, total)
        self._done = 0
        self.add(0)

    def add(self, count: int) -> None:
        """Say that so much more is done."""
        self._done += count
        share = min(1.0, self._done / self._total)
        self._hold.tell(self._stage, self._start + self._span * share)
