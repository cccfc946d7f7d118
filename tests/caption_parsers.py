"""Small readers of caption files, written from their specifications and strict about them."""

import html
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    start: float
    end: float
    lines: tuple[str, ...]


class NotCaptions(ValueError):
    """The file does not follow its specification."""


def read_vtt(text: str) -> list[Caption]:
    """Read WebVTT: a header block, then cues with an optional name, each followed by a blank line."""
    if not re.match(r"\ufeff?WEBVTT([ \t][^\n]*)?(\n|\Z)", text):
        raise NotCaptions("no WEBVTT at the beginning")
    blocks = re.split(r"\n\n+", text.replace("\r\n", "\n").strip("\n"))
    return [
        _cue(block, vtt=True) for block in blocks[1:] if not block.startswith(("NOTE", "STYLE"))
    ]


def read_srt(text: str) -> list[Caption]:
    """Read SubRip: cues that are numbered from 1 on, each followed by a blank line."""
    blocks = re.split(r"\n\n+", text.replace("\r\n", "\n").strip("\n"))
    for number, block in enumerate(blocks, start=1):
        if block.split("\n")[0] != str(number):
            raise NotCaptions(f"cue {number} is called {block[:20]!r}")
    return [_cue(block, vtt=False) for block in blocks]


def _cue(block: str, *, vtt: bool) -> Caption:
    lines = block.split("\n")
    if "-->" not in lines[0]:
        lines = lines[1:]
    mark = r"\." if vtt else ","
    hours = r"(?:(\d{2,}):)?" if vtt else r"(\d{2}):"
    clock = rf"{hours}([0-5]\d):([0-5]\d){mark}(\d{{3}})"
    times = re.fullmatch(rf"{clock} --> {clock}", lines[0]) if lines else None
    if times is None:
        raise NotCaptions(f"no times in {block!r}")
    numbers = [int(part or 0) for part in times.groups()]
    start, end = (h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (numbers[:4], numbers[4:]))
    words = lines[1:]
    if not words or any("-->" in line for line in words):
        raise NotCaptions(f"no words in {block!r}")
    if vtt:
        if any(re.search(r"<|&(?!amp;|lt;|gt;)", line) for line in words):
            raise NotCaptions(f"bare marks in {block!r}")
        words = [html.unescape(line) for line in words]
    return Caption(start, end, tuple(words))
