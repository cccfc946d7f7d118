"""ElevenLabs: natural voices, with times for every character."""

import base64
import binascii
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services import samples
from services.alignment import Alignment, Basis, join
from services.alignment_matching import TimedText, match, text_of
from services.encoding import CONTENT_TYPE
from services.splitting import split
from services.spoken_text import clean
from services.voices import Progress, Speech, SpeechRequest, VoiceInfo
from services.voices.asking import Answer, Line, bad_answer
from services.voices.elevenlabs_errors import refusal
from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused
from services.voices.joining import Joiner
from services.voices.languages import ENGLISH
from services.voices.settings import VoiceSettings
from services.word_spans import word_spans

NAME = "ElevenLabs"
LIMITS = {
    "eleven_v3": 3_000,
    "eleven_multilingual_v2": 10_000,
    "eleven_flash_v2": 30_000,
    "eleven_turbo_v2": 30_000,
    "eleven_flash_v2_5": 40_000,
    "eleven_turbo_v2_5": 40_000,
}
"""Characters in one request, by model."""
PART = 3_000
"""We ask for less at a time: an answer holds its sound in memory, and a failed one is lost."""
STITCHED = 3
"""How many earlier requests may be named, so that the melody carries on."""
CONTEXT = 300
OPTIONS = {
    "stability": "stability",
    "similarityBoost": "similarity_boost",
    "style": "style",
    "useSpeakerBoost": "use_speaker_boost",
}
LIST_SECONDS, LIST_TIMEOUT = 600.0, 5.0

_lists: dict[tuple[str, str], tuple[float, list[VoiceInfo]]] = {}
_lists_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Part:
    audio: bytes
    timings: list[TimedText]
    normalized: list[TimedText]
    request_id: str
    cost: int | None


class ElevenLabs:
    """Speaks through the `with-timestamps` endpoint, part by part."""

    provider = "elevenlabs"
    name = NAME

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings

    def list_voices(self) -> list[VoiceInfo]:
        """Return the account's voices, remembered for ten minutes; none while it is away."""
        key = (self._settings.elevenlabs_url, self._settings.elevenlabs_api_key)
        with _lists_lock:
            fetched, known = _lists.get(key, (0.0, []))
        if known and time.monotonic() - fetched < LIST_SECONDS:
            return known
        try:
            answer = self._line(LIST_TIMEOUT).get("/v1/voices")
            listed = (answer.json() or {}).get("voices") or []
            known = [self._info(voice) for voice in listed if voice.get("voice_id")]
        except (VoiceError, AttributeError, TypeError):
            return known
        with _lists_lock:
            _lists[key] = (time.monotonic(), known)
        return known

    def speak(
        self, request: SpeechRequest, folder: Path, progress: Progress | None = None
    ) -> Speech:
        """Narrate the text; see `Voice.speak`."""
        text = clean(request.text)
        model = request.model_id or self._settings.elevenlabs_model
        if not re.fullmatch(r"[\w-]{1,64}", request.native_id):
            raise VoiceNotFound
        parts = split(text, min(PART, LIMITS.get(model, PART)))
        report = progress or (lambda _: None)
        line = self._line(self._settings.voice_timeout)
        requests: list[str] = []
        normalized: list[tuple[Alignment, float]] = []
        billed = spoken = 0
        with Joiner(folder) as joiner:
            for number, part in enumerate(parts):
                share = spoken / len(text)
                if not word_spans(part):
                    joiner.skip(part)
                    continue
                body = self._body(request, model, part)
                body |= _context(model, requests, parts[number + 1 :])
                answer = line.post(self._path(request), body, _read, report, share)
                self._add(joiner, part, answer, normalized)
                requests += [answer.request_id] if answer.request_id else []
                billed += len(part) if answer.cost is None else answer.cost
                spoken += len(part)
                report(spoken / len(text))
            finished, alignment = joiner.finish()
        return Speech(
            path=finished.path,
            content_type=CONTENT_TYPE,
            duration=finished.duration,
            alignment=alignment,
            peaks=finished.peaks,
            characters=billed,
            model_id=model,
            request_id=requests[0] if requests else None,
            normalized=join(normalized, finished.duration) if normalized else None,
            metadata={
                "alignment_basis": alignment.basis.value,
                "request_ids": requests,
                "parts": len(parts),
            },
        )

    def _add(
        self,
        joiner: Joiner,
        part: str,
        answer: _Part,
        normalized: list[tuple[Alignment, float]],
    ) -> None:
        pcm = re.fullmatch(r"pcm_(\d+)", self._settings.elevenlabs_format)
        offset = joiner.seconds
        lengths: list[float] = []

        def timing(duration: float) -> Alignment:
            lengths.append(duration)
            return match(part, answer.timings, duration)

        try:
            rate, blocks = samples.decode(answer.audio, int(pcm[1]) if pcm else None)
            joiner.add(rate, blocks, timing, part)
        except samples.UnreadableSound as error:
            raise bad_answer(NAME, str(error)) from error
        if answer.normalized:
            pronounced = match(text_of(answer.normalized), answer.normalized, lengths[0])
            normalized.append((pronounced, offset))

    def _path(self, request: SpeechRequest) -> str:
        voice = quote(request.native_id, safe="")
        form = quote(self._settings.elevenlabs_format, safe="")
        return f"/v1/text-to-speech/{voice}/with-timestamps?output_format={form}"

    def _body(self, request: SpeechRequest, model: str, part: str) -> dict[str, Any]:
        options = _options(request)
        body: dict[str, Any] = {"text": part, "model_id": model}
        if options:
            body["voice_settings"] = options
        if request.language and model.endswith("v2_5"):
            body["language_code"] = request.language.split("-")[0].lower().replace("cmn", "zh")
        return body

    def _line(self, timeout: float) -> Line:
        return Line(
            NAME,
            self._settings.elevenlabs_url,
            {"xi-api-key": self._settings.elevenlabs_api_key},
            refusal,
            timeout=timeout,
            attempts=self._settings.voice_attempts,
            backoff=self._settings.voice_backoff,
        )

    def _info(self, voice: Mapping[str, Any]) -> VoiceInfo:
        labels = voice.get("labels") or {}
        language = str(labels.get("language") or "")
        return VoiceInfo(
            id=f"{self.provider}:{voice['voice_id']}",
            name=str(voice.get("name") or voice["voice_id"]),
            language=language,
            language_name=str(labels.get("accent") or "many languages"),
            provider=self.provider,
            provider_name=self.name,
            model_id=self._settings.elevenlabs_model,
            basis=Basis.CHARACTER,
            sample_text=ENGLISH,
        )


def _options(request: SpeechRequest) -> dict[str, Any]:
    """Return the voice settings under the names of the API.

    Raises:
        VoiceRefused: one is not within its bounds.
    """
    options: dict[str, Any] = {}
    for ours, theirs in OPTIONS.items():
        value = request.settings.get(ours)
        if value is None:
            continue
        boolean = ours == "useSpeakerBoost"
        if not isinstance(value, bool if boolean else (int, float)) or not 0 <= value <= 1:
            raise VoiceRefused(
                f"The voice setting {ours} must be {'on or off' if boolean else 'from 0 to 1'}.",
                code="bad_setting",
            )
        options[theirs] = value
    if request.speed != 1.0:
        options["speed"] = min(1.2, max(0.7, request.speed))
    return options


def _context(model: str, requests: list[str], following: list[str]) -> dict[str, Any]:
    """Tell what was said before and what comes, for models that listen to it."""
    if model.startswith("eleven_v3"):
        return {}
    context: dict[str, Any] = {}
    if requests:
        context["previous_request_ids"] = requests[-STITCHED:]
    if following:
        context["next_text"] = following[0][:CONTEXT]
    return context


def _read(answer: Answer) -> _Part:
    """Take an answer of the endpoint apart.

    Raises:
        VoiceUnavailable: it is not what the endpoint promises.
    """
    content = answer.json()
    if not isinstance(content, dict) or not isinstance(content.get("audio_base64"), str):
        raise bad_answer(NAME, "no JSON with audio_base64")
    try:
        audio = base64.b64decode(content["audio_base64"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_answer(NAME, "audio_base64 is not base64") from error
    if not audio:
        raise bad_answer(NAME, "audio_base64 is empty")
    cost = answer.headers.get("character-cost", "")
    return _Part(
        audio,
        timings=_timings(content.get("alignment")),
        normalized=_timings(content.get("normalized_alignment")),
        request_id=answer.headers.get("request-id", ""),
        cost=int(cost) if cost.isdecimal() else None,
    )


def _timings(alignment: object) -> list[TimedText]:
    """Read either shape: parallel lists, or one list of characters with their times."""
    try:
        if isinstance(alignment, dict):
            return [
                (str(character), float(start), float(end))
                for character, start, end in zip(
                    alignment["characters"],
                    alignment["character_start_times_seconds"],
                    alignment["character_end_times_seconds"],
                    strict=True,
                )
            ]
        if isinstance(alignment, list):
            return [
                (str(entry.get("char", entry.get("character"))), *_span(entry))
                for entry in alignment
            ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return []
    return []


def _span(entry: Mapping[str, Any]) -> tuple[float, float]:
    return float(entry["start"]), float(entry["end"])
