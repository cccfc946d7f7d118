"""Captions and transcripts made from an alignment, in the formats players and apps read."""

import html
import json
from dataclasses import dataclass
from itertools import pairwise

from services import graphemes
from services.alignment import Alignment
from services.word_spans import Timed, sentences, words

VTT_TYPE = "text/vtt; charset=utf-8"
SRT_TYPE = "application/x-subrip; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
PODCAST_TYPE = "application/json"
VTT_WIDTH, SRT_WIDTH = 65, 32
LINES = 2
LINGER = 0.3
"""Seconds a caption may stay when nothing follows at once."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its times in milliseconds and its one or two lines."""

    start: int
    end: int
    lines: tuple[str, ...]


def cues(alignment: Alignment, width: int = VTT_WIDTH) -> list[Cue]:
    """Cut the text into captions of at most two lines of `width` characters.

    A caption never spans two sentences. Captions follow each other in time and end within
    the sound; they overlap only where the alignment leaves no millisecond between them.
    """
    text = alignment.text
    pieces = [
        piece
        for start, end, _, _ in sentences(alignment)
        for piece in _pieces(text[start:end], start, width)
    ]
    last_moment = int(alignment.end * 1000)
    made: list[Cue] = []
    for position, (start, end, lines) in enumerate(pieces):
        begin = round(alignment.start_times[start] * 1000)
        stop = round((alignment.end_times[end - 1] + LINGER) * 1000)
        if position + 1 < len(pieces):
            following = pieces[position + 1][0]
            stop = min(stop, round(alignment.start_times[following] * 1000))
        begin = max(0, min(begin, last_moment - 1))
        stop = max(begin + 1, min(stop, last_moment))
        if made:
            begin, stop = max(begin, made[-1].start), max(stop, made[-1].end)
        made.append(Cue(begin, stop, lines))
    return made


def to_vtt(alignment: Alignment, language: str = "") -> str:
    """Return WebVTT with sentence captions."""
    head = f"WEBVTT\nLanguage: {language}\n" if language else "WEBVTT\n"
    blocks = [
        f"{number}\n{_clock(cue.start)} --> {_clock(cue.end)}\n"
        + "\n".join(html.escape(line, quote=False) for line in cue.lines)
        + "\n"
        for number, cue in enumerate(cues(alignment), start=1)
    ]
    return "\n".join([head, *blocks])


def to_srt(alignment: Alignment) -> str:
    """Return SubRip with captions of at most two lines of 32 characters."""
    blocks = [
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        + "\n".join(line.replace("-->", "→") for line in cue.lines)
        + "\n"
        for number, cue in enumerate(cues(alignment, SRT_WIDTH), start=1)
    ]
    return "\n".join(blocks)


def to_text(alignment: Alignment) -> str:
    """Return the spoken text, with a line break at its end."""
    return alignment.text.rstrip("\n") + "\n"


def to_podcast_json(alignment: Alignment, speaker: str = "", *, by_word: bool = False) -> str:
    """Return the podcast namespace's JSON transcript, by sentence or by word."""
    text = alignment.text
    spans: list[Timed] = words(alignment) if by_word else sentences(alignment)
    segments = [
        ({"speaker": speaker} if speaker else {})
        | {"startTime": start, "endTime": end, "body": " ".join(text[first:last].split())}
        for first, last, start, end in spans
    ]
    return json.dumps({"version": "1.0.0", "segments": segments}, ensure_ascii=False)


def to_alignment_json(alignment: Alignment, duration: float) -> str:
    """Return the alignment itself; joining `characters` gives the spoken text."""
    return json.dumps(
        {
            "version": 1,
            "basis": alignment.basis.value,
            "duration": duration,
            "characters": alignment.characters,
            "start_times": alignment.start_times,
            "end_times": alignment.end_times,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _pieces(sentence: str, offset: int, width: int) -> list[tuple[int, int, tuple[str, ...]]]:
    """Break a sentence into captions: (first character, after the last, lines)."""
    lines = _lines(sentence, width)
    pieces: list[tuple[int, int, tuple[str, ...]]] = []
    for position in range(0, len(lines), LINES):
        group = lines[position : position + LINES]
        texts = tuple(" ".join(sentence[first:last].split()) for first, last in group)
        pieces.append((offset + group[0][0], offset + group[-1][1], texts))
    return pieces


def _lines(sentence: str, width: int) -> list[tuple[int, int]]:
    """Break a sentence at spaces into spans of at most `width` characters.

    A word that is wider is cut between visible characters; one of those that is wider still
    is cut too.
    """
    lines: list[tuple[int, int]] = []
    for first, last in _tokens(sentence, width):
        if lines and last - lines[-1][0] <= width:
            lines[-1] = (lines[-1][0], last)
        else:
            lines.append((first, last))
    return lines


def _tokens(sentence: str, width: int) -> list[tuple[int, int]]:
    """Return what must stay on one line: words, in scripts without spaces each sign."""
    places = graphemes.boundaries(sentence)
    tokens: list[tuple[int, int]] = []
    for start, end in pairwise(places):
        if sentence[start:end].isspace():
            continue
        glued = bool(tokens) and tokens[-1][1] == start and not _breaks(sentence, start)
        if glued and end - tokens[-1][0] <= width:
            tokens[-1] = (tokens[-1][0], end)
        else:
            tokens += [(cut, min(cut + width, end)) for cut in range(start, end, width)]
    return tokens


def _breaks(sentence: str, position: int) -> bool:
    """Tell whether a line may break before a character that follows no space."""
    before, here = sentence[position - 1], sentence[position]
    return _unspaced(before) and (_unspaced(here) or here.isalnum())


def _unspaced(character: str) -> bool:
    return "\u3041" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def _clock(milliseconds: int, mark: str = ".") -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{rest:03}"
