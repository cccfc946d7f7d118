"""The child process that speaks one text with espeak-ng and leaves an MP3 file.

Run as `python -m services.voices.espeak_process`, with a socket as standard input. Each message
on it brings two open files: the child's line and its standard error. For each a child is forked,
which reads one job as JSON from its line and answers with lines of JSON: {"pid": n} first,
{"spoken": n} while it speaks, then {"done": {...}} or {"error": code}. Two threads in espeak-ng
crash it and its output depends on what it spoke before, so that each narration has a process of
its own. Imports little, to stay small.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import espeakng_loader

from services.encoding import SAMPLE_BYTES, Mp3Writer, Sound

SYNCHRONOUS = 2
DONT_EXIT = 0x8000
BUFFER_MILLISECONDS = 1000
UTF8_WITH_END_PAUSE = 0x1001
RATE_PARAMETER = 1
LIST_END, WORD, CLAUSE_END = 0, 1, 5
KEEP_GOING, STOP = 0, 1
REPORT_EVERY = 0.2
PAUSE = "。"
"""Takes the place of a line break that would be spoken over; any language pauses at it."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class JobError(Exception):
    """The job cannot be done; the text is a code the parent knows."""


class Speaker:
    """One espeak-ng, which hands its sound to a writer and notes when words start."""

    def __init__(self) -> None:
        """Load the library and its data."""
        self._data = Path(espeakng_loader.get_data_path())
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self.sample_rate: int = self._library.espeak_Initialize(
            SYNCHRONOUS, BUFFER_MILLISECONDS, str(self._data).encode(), DONT_EXIT
        )

    def choose(self, voice: str, words_per_minute: int) -> None:
        """Choose who speaks, and how fast.

        Raises:
            JobError: the library did not start, or has no such voice.
        """
        if self.sample_rate <= 0:
            raise JobError("broken_installation")
        _, _, variant = voice.partition("+")
        if variant and not (self._data / "voices" / "!v" / Path(variant).name).is_file():
            raise JobError("voice_not_found")
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise JobError("voice_not_found")
        self._library.espeak_SetParameter(RATE_PARAMETER, words_per_minute, 0)
        self._callback = _Callback(self._heard)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, writer: Mp3Writer, out: TextIO) -> list[tuple[int, int]]:
        """Write the sound of `text` and return anchors: (character, sample it starts at)."""
        self._text, self._writer, self._out = text, writer, out
        self._anchors: list[tuple[int, int]] = []
        self._word_ends = _word_ends(text)
        self._loud_until = 0
        self._reported = time.monotonic()
        self._failure: BaseException | None = None
        spoken = _with_pauses(text).encode() + b"\0"
        code = self._library.espeak_Synth(
            spoken, ctypes.c_size_t(len(spoken)), 0, 1, 0, UTF8_WITH_END_PAUSE, None, None
        )
        if self._failure is not None:
            raise self._failure
        if code != 0:
            raise JobError("engine_failed")
        return self._anchors

    def _heard(self, samples: Any, count: int, events: Any) -> int:
        # An exception must not cross the library's frames: it is kept and raised by speak().
        try:
            self._take(samples, count, events)
        except BaseException as failure:
            self._failure = failure
            return STOP
        return KEEP_GOING

    def _take(self, samples: Any, count: int, events: Any) -> None:
        pcm = ctypes.string_at(samples, count * SAMPLE_BYTES) if samples and count > 0 else b""
        first = self._writer.samples
        self._writer.write(pcm)
        index = 0
        while events[index].type != LIST_END:
            event = events[index]
            if event.type == WORD:
                self._anchors.append((event.text_position - 1, event.sample))
            elif event.type == CLAUSE_END:
                self._end_clause(event.text_position - 1, event.sample, first, pcm)
            index += 1
        loud = len(pcm.rstrip(b"\0"))
        if loud:
            self._loud_until = first + -(-loud // SAMPLE_BYTES)
        self._report()

    def _end_clause(self, position: int, sample: int, first: int, pcm: bytes) -> None:
        """Note where the last word before a pause ends, and the pause itself."""
        loud = len(pcm[: max(0, sample - first) * SAMPLE_BYTES].rstrip(b"\0"))
        silence = first + -(-loud // SAMPLE_BYTES) if loud else self._loud_until
        if 0 < position < len(self._text) - 1:
            self._anchors.append((self._word_ends[position - 1], silence))
            self._anchors.append((position, sample))
        if silence < sample <= self._writer.samples:
            self._writer.silent(silence, sample)

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            _say(self._out, {"spoken": self._anchors[-1][0] if self._anchors else 0})


def _with_pauses(text: str) -> str:
    """Put a pause in place of each lone line break that follows a word; lengths stay."""
    lines = text.split("\n")
    pieces: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        runs_on = bool(line) and bool(following) and line[-1].isalnum()
        pieces += [line, PAUSE if runs_on else "\n"]
    return "".join(pieces[:-1])


def _word_ends(text: str) -> list[int]:
    """Return, for each position, the end of the last letter or digit up to it."""
    ends: list[int] = []
    last = 0
    for position, character in enumerate(text):
        if character.isalnum() or (not character.isascii() and not character.isspace()):
            last = position + 1
        ends.append(last)
    return ends


def _say(out: TextIO, message: dict[str, Any]) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    # Some systems know no limit of the address space; there only the time is limited.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _do(speaker: Speaker, job: dict[str, Any], out: TextIO) -> dict[str, Any]:
    _limit(job["memory"], job["processor_seconds"])
    speaker.choose(job["voice"], job["words_per_minute"])
    threads = min(2, os.cpu_count() or 1)
    with Mp3Writer(Path(job["path"]), speaker.sample_rate, fast=True, threads=threads) as writer:
        anchors = speaker.speak(job["text"], writer, out)
        sound: Sound = writer.close()
    return {
        "sample_rate": sound.sample_rate,
        "duration": sound.duration,
        "peaks": sound.peaks,
        "anchors": anchors,
    }


def work(speaker: Speaker, question: TextIO, answer: TextIO) -> None:
    """Do the one job that is asked for."""
    try:
        _say(answer, {"pid": os.getpid()})
        _say(answer, {"done": _do(speaker, json.load(question), answer)})
    except JobError as error:
        _say(answer, {"error": str(error)})
    except MemoryError:
        _say(answer, {"error": "out_of_memory"})


def serve(line: socket.socket) -> None:
    """Fork a child for every message, until the other end is closed."""
    speaker = Speaker()
    signal.signal(signal.SIGCHLD, lambda *_: _bury())
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(line, 1, 2)
        if not message:
            return
        if os.fork() == 0:
            _be_child(speaker, line, *files)
        for file in files:
            os.close(file)


def _bury() -> None:
    """Take note of children that ended; so their processor time counts as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _be_child(speaker: Speaker, nursery: socket.socket, line: int, complaints: int) -> None:
    """Do the job and exit; nothing of it goes back to the loop of the nursery."""
    code = 1
    try:
        nursery.close()
        os.dup2(complaints, 2)
        os.close(complaints)
        work(speaker, os.fdopen(os.dup(line)), os.fdopen(line, "w"))
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        pass  # Nobody listens any more.
    except BaseException:
        traceback.print_exc()
    finally:
        # Nothing is left to tidy up, and the encoders' threads need not be waited for.
        os._exit(code)


if __name__ == "__main__":
    line = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    serve(line)
