"""The built-in voice: espeak-ng from a wheel, without key, network or cost."""

import json
import math
import os
import selectors
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.alignment import Basis, from_anchors
from services.encoding import CONTENT_TYPE
from services.spoken_text import clean
from services.voices import FASTEST, SLOWEST, Progress, Speech, SpeechRequest, VoiceInfo
from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable
from services.voices.languages import LANGUAGES
from services.voices.nursery import Child, Nursery
from services.voices.settings import VoiceSettings

NURSERY = Nursery()
MODEL = "espeak-ng-1.52"
WORDS_PER_MINUTE = 175
SPEAKERS = (("", "Robin"), ("+f1", "Clara"), ("+m3", "Arthur"))
"""Suffix of espeak's voice → the name we give that speaker."""
SECONDS, SECONDS_PER_CHARACTER = 30.0, 0.01
"""A narration takes a twentieth of that; more means that something hangs."""
MESSAGES = {
    "broken_installation": "The built-in voice is not installed completely. Tell an admin.",
    "engine_failed": "The built-in voice could not speak this text. Try another voice.",
    "out_of_memory": "The built-in voice ran out of memory with this text. Try a shorter one.",
}


class Espeak:
    """Speaks in a child process of its own, which is killed when it must stop."""

    provider = "espeak"
    name = "eSpeak NG"

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings

    def list_voices(self) -> list[VoiceInfo]:
        """Return three speakers for each language."""
        return [
            VoiceInfo(
                id=f"espeak:{language.espeak}{suffix}",
                name=speaker,
                language=language.tag,
                language_name=language.name,
                provider=self.provider,
                provider_name=self.name,
                model_id=MODEL,
                basis=Basis.WORD,
                sample_text=language.sample,
            )
            for language in LANGUAGES
            for suffix, speaker in SPEAKERS
        ]

    def speak(
        self, request: SpeechRequest, folder: Path, progress: Progress | None = None
    ) -> Speech:
        """Narrate the text; see `Voice.speak`."""
        text = clean(request.text)
        handle, name = tempfile.mkstemp(suffix=".mp3", dir=folder)
        os.close(handle)
        path = Path(name)
        try:
            done = self._run(text, request, path, progress or (lambda _: None))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        rate, duration = done["sample_rate"], done["duration"]
        anchors = ((index, sample / rate) for index, sample in done["anchors"])
        return Speech(
            path=path,
            content_type=CONTENT_TYPE,
            duration=duration,
            alignment=from_anchors(text, anchors, duration, Basis.WORD),
            peaks=done["peaks"],
            characters=len(text),
            model_id=MODEL,
            metadata={"alignment_basis": Basis.WORD.value, "speed": request.speed},
        )

    def _run(
        self, text: str, request: SpeechRequest, path: Path, progress: Progress
    ) -> dict[str, Any]:
        """Have the child speak, and return its report."""
        seconds = SECONDS + SECONDS_PER_CHARACTER * len(text)
        speed = min(FASTEST, max(SLOWEST, request.speed))
        job = {
            "text": text,
            "voice": _espeak_name(request),
            "words_per_minute": round(WORDS_PER_MINUTE * speed),
            "path": str(path.absolute()),
            "memory": self._settings.espeak_memory_bytes,
            "processor_seconds": math.ceil(3 * seconds),
        }
        with (
            tempfile.TemporaryFile() as complaints,
            NURSERY.child(json.dumps(job).encode(), complaints) as child,
        ):
            share = 0.0
            for message in _messages(child, seconds):
                if "done" in message:
                    done: dict[str, Any] = message["done"]
                    return done
                if "error" in message:
                    raise _error(str(message["error"]))
                share = min(1.0, message.get("spoken", share * len(text)) / len(text))
                progress(share)
            complaints.seek(0)
            raise VoiceUnavailable(
                "The built-in voice stopped in the middle. Try again.",
                code="engine_died",
                detail=complaints.read().decode(errors="replace"),
            )


def _espeak_name(request: SpeechRequest) -> str:
    """Return espeak's name of the voice; a language asked for keeps the speaker."""
    base, plus, suffix = request.native_id.partition("+")
    known = {language.espeak: language for language in LANGUAGES}
    if not base or any(not (part.isalnum() or part in "-_") for part in base + suffix):
        raise VoiceNotFound
    spoken = known[base].tag if base in known else base
    wanted = request.language
    if wanted and wanted.split("-")[0].casefold() != spoken.split("-")[0].casefold():
        for language in LANGUAGES:
            if language.tag.casefold().startswith(wanted.casefold()):
                return language.espeak + plus + suffix
        raise VoiceNotFound("The built-in voice does not speak this language. Choose another one.")
    return base + plus + suffix


def _messages(child: Child, seconds: float) -> Iterator[dict[str, Any]]:
    """Yield what the child says until it ends, and nothing several times a second meanwhile.

    Raises:
        VoiceUnavailable: it takes longer than `seconds`.
    """
    deadline = time.monotonic() + seconds
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.line, selectors.EVENT_READ)
        while True:
            if time.monotonic() > deadline:
                raise VoiceUnavailable(
                    "The built-in voice took too long and was stopped. Try again.", code="timeout"
                )
            if not selector.select(timeout=0.25):
                yield {}
                continue
            block = child.receive()
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                message: dict[str, Any] = json.loads(line)
                child.pid = message.get("pid", child.pid)
                yield message


def _error(code: str) -> VoiceError:
    if code == "voice_not_found":
        return VoiceNotFound()
    return VoiceRefused(MESSAGES.get(code, MESSAGES["engine_failed"]), code=code)
