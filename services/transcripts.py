"""Captions, transcripts and word lists of narrations, made once and then taken from the cache."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from errors import NotFound
from extensions import cache
from queries import alignments
from queries.alignments import StoredTimes, Timing
from services import captions, readalong
from services.alignment import Alignment, Basis, Grade, Verdict
from services.caching import HOUR

MADE_BY = 1
"""Grows whenever the same times make another file, so that no cache serves the old one."""
JSON_TYPE = "application/json"


class Kind(StrEnum):
    """What can be made of a narration's times; the value is the file's name."""

    VTT = "captions.vtt"
    SRT = "captions.srt"
    TEXT = "transcript.txt"
    PODCAST = "transcript.json"
    PODCAST_WORDS = "transcript-words.json"
    ALIGNMENT = "alignment.json"
    WORDS = "words.json"


@dataclass(frozen=True, slots=True)
class _Spoken:
    """All that a file is made of."""

    timing: Timing
    text: str
    alignment: Alignment | None
    verdict: Verdict
    language: str

    @property
    def usable(self) -> Alignment:
        """The times, kept within the sound."""
        if self.alignment is None or self.verdict.grade is Grade.UNUSABLE:
            raise NotFound("The times of this narration can't be trusted, so it has no captions.")
        return _within(self.alignment, self.timing.duration)


def content_type(kind: Kind) -> str:
    """Return the MIME type of a file."""
    return {
        Kind.VTT: captions.VTT_TYPE,
        Kind.SRT: captions.SRT_TYPE,
        Kind.TEXT: captions.TEXT_TYPE,
        Kind.PODCAST: captions.PODCAST_TYPE,
        Kind.PODCAST_WORDS: captions.PODCAST_TYPE,
    }.get(kind, JSON_TYPE)


def version(timing: Timing, kind: Kind) -> str:
    """Return a word that changes whenever the file does."""
    times = timing.alignment_id.hex if timing.alignment_id else "none"
    return f"{times}-{timing.changed_at.timestamp():.6f}-{MADE_BY}-{kind.value}"


def render(user_id: UUID, timing: Timing, kind: Kind) -> bytes:
    """Return a file, from the cache if it is there.

    Only for a narration that was looked up for its reader: the cache doesn't ask.

    Raises:
        NotFound: the narration has no times that the file could be made of.
    """
    key = f"audio:{timing.track_id}:{version(timing, kind)}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return kept
    stored = alignments.find_times(user_id, timing.track_id)
    if stored is None:
        raise NotFound("That narration doesn't exist, or isn't yours.")
    data = make(timing, stored, kind)
    cache.set(key, data, timeout=HOUR)
    return data


def make(timing: Timing, stored: StoredTimes, kind: Kind) -> bytes:
    """Return a file without asking the cache or leaving it there.

    Raises:
        NotFound: the narration has no times that the file could be made of.
    """
    return MAKERS[kind](_spoken(timing, stored)).encode()


def _spoken(timing: Timing, stored: StoredTimes) -> _Spoken:
    alignment = None
    verdict = Verdict(Grade.UNUSABLE, tuple(timing.reasons))
    if stored.characters:
        basis = timing.basis if timing.basis in set(Basis) else Basis.CHARACTER
        alignment = Alignment(stored.characters, stored.start_times, stored.end_times, Basis(basis))
        verdict = readalong.judge(
            alignment, stored.text, timing.duration, timing.grade, timing.reasons
        )
    text = alignment.text if alignment else stored.text
    language = readalong.language_of(
        str(timing.known.get("voiceId") or ""), str(timing.known.get("language") or ""), text
    )
    return _Spoken(timing, text, alignment, verdict, language)


def _within(alignment: Alignment, duration: float) -> Alignment:
    """Cut the times off at the last whole millisecond of the sound."""
    end = int(duration * 1000) / 1000
    return Alignment(
        alignment.characters,
        [min(second, end) for second in alignment.start_times],
        [min(second, end) for second in alignment.end_times],
        alignment.basis,
    )


def _alignment_json(spoken: _Spoken) -> str:
    if spoken.alignment is None:
        raise NotFound("This narration has no times.")
    return captions.to_alignment_json(spoken.alignment, spoken.timing.duration)


def _words_json(spoken: _Spoken) -> str:
    times = spoken.alignment and _within(spoken.alignment, spoken.timing.duration)
    made = readalong.word_list(spoken.text, times, spoken.verdict, spoken.language)
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


MAKERS: dict[Kind, Callable[[_Spoken], str]] = {
    Kind.VTT: lambda spoken: captions.to_vtt(spoken.usable, spoken.language),
    Kind.SRT: lambda spoken: captions.to_srt(spoken.usable),
    Kind.TEXT: lambda spoken: spoken.text.rstrip("\n") + "\n",
    Kind.PODCAST: lambda spoken: captions.to_podcast_json(spoken.usable, spoken.timing.voice),
    Kind.PODCAST_WORDS: lambda spoken: captions.to_podcast_json(
        spoken.usable, spoken.timing.voice, by_word=True
    ),
    Kind.ALIGNMENT: _alignment_json,
    Kind.WORDS: _words_json,
}
