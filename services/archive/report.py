"""What an import did, in numbers that add up and in words."""

from collections import Counter
from typing import Any

TAKEN = "taken"
KNOWN = "known"
"""Here already; left as it is."""
FULL = "full"
"""Did not fit into the plan."""
APART = "apart"
"""Belongs to something that was left out."""
REFUSED = "refused"
"""Damaged, or nothing this site keeps."""

STAND_INS = "media_assets of narrations"
"""Rows by which narrations stand among the media of their stories."""

NAMES = {
    "news_history": ("story", "stories"),
    "media_assets": ("picture or sound", "pictures and sounds"),
    "audio_tracks": ("narration", "narrations"),
    "sources": ("source", "sources"),
    "tags": ("tag", "tags"),
}
"""What is worth telling a reader; the other rows go with these."""


class Report:
    """Counts of rows by what became of them."""

    def __init__(self, told: dict[str, Any] | None = None) -> None:
        """Go on from what was told before."""
        self._counts = {
            kind: Counter({str(name): int(count) for name, count in counts.items()})
            for kind, counts in (told or {}).items()
            if isinstance(counts, dict)
        }

    def add(self, kind: str, table: str, count: int = 1) -> None:
        """Count some rows."""
        if count:
            self._counts.setdefault(kind, Counter())[table] += count

    def copy(self) -> "Report":
        """Return another one with the same counts."""
        return Report(self.told())

    def told(self) -> dict[str, Any]:
        """Return the counts as they are kept."""
        return {kind: dict(counts) for kind, counts in self._counts.items()}


def sentences(told: dict[str, Any]) -> list[str]:
    """Say what an import did."""
    words = {
        TAKEN: "Brought in: {}.",
        KNOWN: "Here already and left as they are: {}.",
        FULL: "Did not fit into your plan: {}.",
        APART: "Left out with them: {}.",
        REFUSED: "Could not be read: {}.",
    }
    made = [
        sentence.format(_list(told[kind]))
        for kind, sentence in words.items()
        if any(told.get(kind, {}).get(name) for name in NAMES)
    ]
    return made or ["There was nothing in it to bring in."]


def _list(counts: dict[str, int]) -> str:
    parts = [
        f"{counts[name]:,} {one if counts[name] == 1 else many}"
        for name, (one, many) in NAMES.items()
        if counts.get(name)
    ]
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
