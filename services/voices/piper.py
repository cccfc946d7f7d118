"""Piper: natural voices that need no network, when the package and a voice are there."""

import importlib
import importlib.util
import json
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from services.alignment import Alignment, Basis, from_anchors
from services.encoding import CONTENT_TYPE
from services.samples import Samples, UnreadableSound
from services.splitting import sentence_spans
from services.spoken_text import clean
from services.voices import FASTEST, SLOWEST, Progress, Speech, SpeechRequest, VoiceInfo
from services.voices.errors import VoiceNotFound, VoiceRefused
from services.voices.joining import Joiner
from services.voices.languages import ENGLISH, LANGUAGES
from services.voices.settings import VoiceSettings
from services.word_spans import word_spans

MOST_ESTIMATED = 0.1
"""Share of a text whose words may be estimated before only sentences are lit."""

_loaded: dict[tuple[Path, float], Any] = {}
_loading = threading.Lock()
_engine = threading.Lock()
"""Piper spells words with espeak-ng, which crashes when two threads are in it."""


class Piper:
    """Speaks sentence by sentence with the voices in a folder."""

    provider = "piper"
    name = "Piper"

    def __init__(self, settings: VoiceSettings) -> None:
        self._folder = settings.piper_folder

    @classmethod
    def if_installed(cls, settings: VoiceSettings) -> "Piper | None":
        """Return the voice when the package is installed and a voice file is there."""
        if importlib.util.find_spec("piper") is None:
            return None
        voice = cls(settings)
        return voice if voice.list_voices() else None

    def list_voices(self) -> list[VoiceInfo]:
        """Return a voice for each model in the folder that has its description beside it."""
        if not self._folder.is_dir():
            return []
        infos = (self._info(model) for model in sorted(self._folder.glob("*.onnx")))
        return [info for info in infos if info is not None]

    def speak(
        self, request: SpeechRequest, folder: Path, progress: Progress | None = None
    ) -> Speech:
        """Narrate the text; see `Voice.speak`."""
        text = clean(request.text)
        voice = _load(self._model(request.native_id))
        report = progress or (lambda _: None)
        done = estimated = 0
        with Joiner(folder) as joiner:
            for start, end in sentence_spans(text):
                part = text[start:end]
                report(done / len(text))
                chunks = _synthesize(voice, part, request.speed) if word_spans(part) else []
                if chunks:
                    anchors = _word_anchors(voice, part, chunks)
                    estimated += 0 if anchors else len(part)
                    timing = partial(from_anchors, part, anchors, basis=Basis.WORD)
                    joiner.add(chunks[0].sample_rate, _samples(chunks), timing, part)
                else:
                    joiner.skip(part)
                done += len(part)
            finished, alignment = _finish(joiner)
        report(1.0)
        share = estimated / len(text)
        if share > MOST_ESTIMATED:
            alignment = Alignment(
                alignment.characters,
                alignment.start_times,
                alignment.end_times,
                Basis.SENTENCE,
                alignment.faults,
            )
        return Speech(
            path=finished.path,
            content_type=CONTENT_TYPE,
            duration=finished.duration,
            alignment=alignment,
            peaks=finished.peaks,
            characters=len(text),
            model_id=request.native_id,
            metadata={
                "alignment_basis": alignment.basis.value,
                "estimated_share": round(share, 4),
                "speed": request.speed,
            },
        )

    def _model(self, native_id: str) -> Path:
        model = self._folder / f"{native_id}.onnx"
        if Path(native_id).name != native_id or not model.is_file():
            raise VoiceNotFound
        return model

    def _info(self, model: Path) -> VoiceInfo | None:
        try:
            description = json.loads(model.with_name(model.name + ".json").read_text("utf-8"))
            language = description.get("language") or {}
            code = str(language.get("code") or description["espeak"]["voice"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        tag = code.replace("_", "-")
        samples = (known.sample for known in LANGUAGES if known.tag[:2] == tag[:2])
        return VoiceInfo(
            id=f"{self.provider}:{model.stem}",
            name=str(description.get("dataset") or model.stem).replace("_", " ").title(),
            language=tag,
            language_name=str(language.get("name_english") or tag),
            provider=self.provider,
            provider_name=self.name,
            model_id=model.stem,
            basis=Basis.WORD,
            sample_text=next(samples, ENGLISH),
        )


def _finish(joiner: Joiner) -> Any:
    if not joiner.seconds:
        raise VoiceRefused(
            "This voice found nothing in the text that it can speak. Choose another one.",
            code="nothing_spoken",
        )
    return joiner.finish()


def _load(model: Path) -> Any:
    """Return the loaded voice; the last one used stays in memory."""
    key = (model, model.stat().st_mtime)
    with _loading:
        if key not in _loaded:
            _loaded.clear()
            piper = importlib.import_module("piper")
            try:
                _loaded[key] = piper.PiperVoice.load(model, include_alignments=True)
            except Exception as error:  # The runtime's own errors have no common parent.
                raise VoiceRefused(
                    "This voice's file can't be used. An admin must install it again.",
                    code="broken_voice",
                    detail=type(error).__name__,
                ) from error
        return _loaded[key]


def _synthesize(voice: Any, part: str, speed: float) -> list[Any]:
    """Speak one sentence; Piper may make several chunks of it."""
    piper = importlib.import_module("piper")
    pace = min(FASTEST, max(SLOWEST, speed))
    config = piper.SynthesisConfig(length_scale=(voice.config.length_scale or 1.0) / pace)
    try:
        # Double brackets would be read as bare phonemes.
        text = part.replace("[[", "[ [").replace("]]", "] ]").strip()
        with _engine:
            return list(voice.synthesize(text, syn_config=config, include_alignments=True))
    except Exception as error:
        raise VoiceRefused(
            "This voice cannot speak a part of the text. Choose another one.",
            code="engine_failed",
            detail=f"{type(error).__name__}: {error}",
        ) from error


def _samples(chunks: Iterable[Any]) -> Iterator[Samples]:
    for chunk in chunks:
        samples = np.asarray(chunk.audio_int16_array, dtype=np.int16).reshape(-1)
        if not len(samples):
            raise UnreadableSound("a chunk without samples")
        yield samples


def _word_anchors(voice: Any, part: str, chunks: list[Any]) -> list[tuple[int, float]]:
    """Return (character, second) of each word's start, or nothing when that is unknown.

    Piper times phonemes; spaces among them part spoken words. A written word may be several
    spoken ones (a number): those are counted by having Piper spell the word alone.
    """
    starts: list[float] = []
    clock = 0
    for chunk in chunks:
        if chunk.phoneme_alignments is None:
            return []
        fresh = True
        for phoneme in chunk.phoneme_alignments:
            spoken = _is_sound(phoneme.phoneme)
            if spoken and fresh:
                starts.append(clock / chunk.sample_rate)
            fresh = (fresh and not spoken) or phoneme.phoneme == " "
            clock += int(phoneme.num_samples)
    tokens = _tokens(part)
    if len(tokens) == len(starts):
        return [(token[0], start) for token, start in zip(tokens, starts, strict=True)]
    counts = [_spoken_words(voice, part[first:last]) for first, last in tokens]
    if sum(counts) != len(starts):
        return []
    anchors: list[tuple[int, float]] = []
    position = 0
    for (first, _), count in zip(tokens, counts, strict=True):
        if count:
            anchors.append((first, starts[position]))
        position += count
    return anchors


def _tokens(part: str) -> list[tuple[int, int]]:
    """Return the spans between spaces that hold a word."""
    spans: list[tuple[int, int]] = []
    position = 0
    for token in part.split():
        first = part.index(token, position)
        position = first + len(token)
        if word_spans(token):
            spans.append((first, position))
    return spans


def _spoken_words(voice: Any, token: str) -> int:
    try:
        with _engine:
            sentences = voice.phonemize(token)
    except Exception:
        return 1
    spelt = "".join("".join(sentence) + " " for sentence in sentences)
    return sum(_is_sound(word) for word in spelt.split(" "))


def _is_sound(phonemes: str) -> bool:
    """Tell sounds from the marks and borders that Piper keeps among them."""
    return any(sign.isalpha() for sign in phonemes)
