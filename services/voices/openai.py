"""Any server that speaks OpenAI's `/v1/audio/speech`, such as those people host themselves.

It tells no times. So it is asked sentence by sentence: the start of each is then exact, and
only sentences are lit.
"""

from functools import partial
from pathlib import Path
from typing import Any

from services import samples
from services.alignment import Basis, from_anchors
from services.encoding import CONTENT_TYPE
from services.splitting import sentence_spans, split
from services.spoken_text import clean
from services.voices import Progress, Speech, SpeechRequest, VoiceInfo
from services.voices.asking import Answer, Line, bad_answer, by_status
from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable
from services.voices.joining import Joiner
from services.voices.languages import ENGLISH
from services.voices.settings import VoiceSettings
from services.word_spans import word_spans

NAME = "The speech server"
LIMIT = 4_000
"""OpenAI's own limit is 4,096 characters in one request."""
RAW_RATE = 24_000
"""What `pcm` means in OpenAI's documentation."""
REFUSALS = {
    "insufficient_quota": f"{NAME} says that the account's credit is used up. Choose another"
    " voice, or ask an admin.",
    "invalid_api_key": f"{NAME} refused this site's key. An admin must check OPENAI_SPEECH_KEY.",
    "model_not_found": f"{NAME} has no such model. An admin must check OPENAI_SPEECH_MODEL.",
    "content_policy_violation": f"{NAME} will not speak this text: it breaks its rules.",
}


class OpenAI:
    """Speaks through a server of the reader's or admin's choice."""

    provider = "openai"
    name = "Speech server"

    def __init__(self, settings: VoiceSettings) -> None:
        self._settings = settings

    def list_voices(self) -> list[VoiceInfo]:
        """Return the voices named in the settings; such servers have no common list."""
        names = [name.strip() for name in self._settings.openai_speech_voices.split(",")]
        return [
            VoiceInfo(
                id=f"{self.provider}:{name}",
                name=name.replace("_", " ").title(),
                language="",
                language_name="many languages",
                provider=self.provider,
                provider_name=self.name,
                model_id=self._settings.openai_speech_model,
                basis=Basis.SENTENCE,
                sample_text=ENGLISH,
            )
            for name in names
            if name
        ]

    def speak(
        self, request: SpeechRequest, folder: Path, progress: Progress | None = None
    ) -> Speech:
        """Narrate the text; see `Voice.speak`."""
        text = clean(request.text)
        if not request.native_id:
            raise VoiceNotFound
        model = request.model_id or self._settings.openai_speech_model
        report = progress or (lambda _: None)
        line = self._line()
        done = billed = 0
        with Joiner(folder) as joiner:
            for part in _sentences(text):
                if word_spans(part):
                    body = self._body(request, model, part.strip())
                    audio = line.post("/v1/audio/speech", body, _read, report, done / len(text))
                    self._add(joiner, part, audio)
                    billed += len(part.strip())
                else:
                    joiner.skip(part)
                done += len(part)
                report(done / len(text))
            finished, alignment = joiner.finish()
        return Speech(
            path=finished.path,
            content_type=CONTENT_TYPE,
            duration=finished.duration,
            alignment=alignment,
            peaks=finished.peaks,
            characters=billed,
            model_id=model,
            metadata={"alignment_basis": alignment.basis.value, "speed": request.speed},
        )

    def _add(self, joiner: Joiner, part: str, audio: bytes) -> None:
        raw = RAW_RATE if self._settings.openai_speech_format == "pcm" else None
        timing = partial(from_anchors, part, (), basis=Basis.SENTENCE)
        try:
            rate, blocks = samples.decode(audio, raw)
            joiner.add(rate, blocks, timing, part)
        except samples.UnreadableSound as error:
            raise bad_answer(NAME, str(error)) from error

    def _body(self, request: SpeechRequest, model: str, part: str) -> dict[str, Any]:
        body = {
            "model": model,
            "input": part,
            "voice": request.native_id,
            "response_format": self._settings.openai_speech_format,
        }
        return body | ({"speed": request.speed} if request.speed != 1.0 else {})

    def _line(self) -> Line:
        key = self._settings.openai_speech_key
        return Line(
            NAME,
            self._settings.openai_speech_url.rstrip("/").removesuffix("/v1"),
            {"Authorization": f"Bearer {key}"} if key else {},
            _refusal,
            timeout=self._settings.voice_timeout,
            attempts=self._settings.voice_attempts,
            backoff=self._settings.voice_backoff,
        )


def _sentences(text: str) -> list[str]:
    """Cut into sentences, and those that are too long for one request again."""
    return [part for start, end in sentence_spans(text) for part in split(text[start:end], LIMIT)]


def _read(answer: Answer) -> bytes:
    if not answer.body:
        raise bad_answer(NAME, "an empty answer")
    return answer.body


def _refusal(answer: Answer) -> VoiceError:
    """Make an error of an answer that is not a 200."""
    content = answer.json()
    problem = content.get("error") or content.get("detail") if isinstance(content, dict) else None
    cause = (
        str(problem.get("code") or problem.get("type") or "") if isinstance(problem, dict) else ""
    )
    message = str(problem.get("message", "")) if isinstance(problem, dict) else str(problem or "")
    detail = f"{answer.status} {cause} {message}".strip()
    if cause in REFUSALS:
        return VoiceRefused(REFUSALS[cause], code=cause, detail=detail)
    if answer.status in {400, 404, 422} and "voice" in (cause + message).lower():
        return VoiceNotFound(detail=detail)
    if cause == "rate_limit_exceeded":
        return VoiceUnavailable(
            f"{NAME} was asked too often. Try again in a minute.",
            code=cause,
            retry_after=answer.retry_after,
            detail=detail,
        )
    return by_status(NAME, answer, detail)
