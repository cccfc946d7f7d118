import importlib.util
import json
from pathlib import Path

import pytest

from services.alignment import Basis, Grade, check
from services.voices import SpeechRequest
from services.voices.errors import VoiceNotFound, VoiceRefused
from services.voices.piper import Piper
from services.voices.settings import VoiceSettings
from services.word_spans import words
from tests.services.voices.conftest import piper_or_skip
from tests.services.voices.toy_piper import make_voice

TEXT = "Hello there, world. It cost 12,345 dollars — twice!"


@pytest.fixture
def voices(tmp_path: Path) -> Path:
    place = tmp_path / "voices"
    place.mkdir()
    return place


def speak(voice: Piper, folder: Path, text: str = TEXT, name: str = "en_US-toy-low"):
    return voice.speak(SpeechRequest(text, f"piper:{name}"), folder)


def test_words_start_when_their_phonemes_do(voices, folder):
    speech = speak(piper_or_skip(voices), folder)
    text = speech.alignment.text
    starts = {text[a:b]: begin for a, b, begin, _ in words(speech.alignment)}

    assert speech.alignment.basis is Basis.WORD
    assert check(speech.alignment, text, speech.duration).grade is Grade.GOOD
    # Two ids lead in and one phoneme has two; each id lasts 4 hops of 256 at 16 kHz.
    assert starts["Hello"] == pytest.approx(2 * 0.064, abs=0.001)
    assert starts["It"] > starts["world"] + 0.35
    assert speech.metadata["estimated_share"] == 0.0


def test_a_voice_that_tells_no_times_lights_sentences(voices, folder):
    speech = speak(piper_or_skip(voices, timed=False), folder)

    assert speech.alignment.basis is Basis.SENTENCE
    assert check(speech.alignment, TEXT, speech.duration).grade is Grade.COARSE


def test_unknown_voices_and_paths_are_not_found(voices, folder):
    voice = piper_or_skip(voices)
    for name in ("en_US-other-low", "", "../en_US-toy-low", "/etc/passwd"):
        with pytest.raises(VoiceNotFound):
            speak(voice, folder, name=name)


def test_a_broken_model_is_refused_in_words(voices, folder):
    voice = piper_or_skip(voices)
    make_voice(voices, "en_US-broken-low").write_bytes(b"not a model")
    with pytest.raises(VoiceRefused, match="install it again"):
        speak(voice, folder, name="en_US-broken-low")


def test_a_model_without_its_description_is_not_offered(voices):
    make_voice(voices)
    make_voice(voices, "de_DE-half-low").with_name("de_DE-half-low.onnx.json").unlink()
    make_voice(voices, "fr_FR-odd-low").with_name("fr_FR-odd-low.onnx.json").write_text("[]")
    [info] = Piper(VoiceSettings(piper_dir=voices)).list_voices()

    assert (info.id, info.name, info.language) == ("piper:en_US-toy-low", "Toy", "en-US")


def test_it_is_offered_only_with_package_and_voice(voices, monkeypatch):
    settings = VoiceSettings(piper_dir=voices)
    assert Piper.if_installed(settings) is None
    assert Piper.if_installed(VoiceSettings(data_dir=voices / "none")) is None
    make_voice(voices)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert Piper.if_installed(settings) is None


def test_a_voice_by_its_alphabet_has_a_language_too(voices):
    model = make_voice(voices)
    path = model.with_name(model.name + ".json")
    description = json.loads(path.read_text())
    del description["language"]
    path.write_text(json.dumps(description))

    assert Piper(VoiceSettings(piper_dir=voices)).list_voices()[0].language == "en-us"
