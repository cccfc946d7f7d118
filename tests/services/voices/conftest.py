"""Every voice there is, ready to speak: the real ones, and local servers for the remote ones."""

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from services.voices import SpeechRequest, Voice
from services.voices.elevenlabs import ElevenLabs
from services.voices.espeak import Espeak
from services.voices.openai import OpenAI
from services.voices.piper import Piper
from services.voices.settings import VoiceSettings
from tests.services.voices import provider as providers
from tests.services.voices.provider import Asked, Provider, Reply
from tests.services.voices.toy_piper import make_voice

QUICK = {"voice_backoff": 0.02, "voice_timeout": 30.0}
KEY = "sk-secret-0123456789"


@pytest.fixture(autouse=True)
def no_remembered_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.voices.elevenlabs._lists", {})


def piper_or_skip(folder: Path, **options: bool) -> Piper:
    if importlib.util.find_spec("piper") is None:
        pytest.skip("piper-tts is not installed: the natural offline voice was NOT tested")
    make_voice(folder, **options)
    voice = Piper.if_installed(VoiceSettings(piper_dir=folder))
    assert voice is not None
    return voice


@pytest.fixture(params=["espeak", "elevenlabs", "openai", "piper"])
def voice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Voice, str]]:
    """Yield each voice in turn, with the id of one of its speakers."""
    with ExitStack() as stack:
        if request.param == "elevenlabs":
            server = stack.enter_context(providers.provider(providers.elevenlabs))
            settings = VoiceSettings(elevenlabs_api_key=KEY, elevenlabs_url=server.url, **QUICK)  # type: ignore[arg-type]
            yield ElevenLabs(settings), "elevenlabs:voice123"
        elif request.param == "openai":
            server = stack.enter_context(providers.provider(providers.speech_server))
            settings = VoiceSettings(openai_speech_url=server.url, **QUICK)  # type: ignore[arg-type]
            yield OpenAI(settings), "openai:alloy"
        elif request.param == "piper":
            folder = tmp_path / "voices"
            folder.mkdir()
            yield piper_or_skip(folder), "piper:en_US-toy-low"
        else:
            yield Espeak(VoiceSettings()), "espeak:en-us"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for the sounds."""
    place = tmp_path / "sounds"
    place.mkdir()
    return place


@pytest.fixture
def elevenlabs_at(folder: Path) -> Iterator[Callable[..., tuple[ElevenLabs, Provider]]]:
    """Yield a maker of an ElevenLabs voice whose server answers as told."""
    with ExitStack() as stack:

        def make(answer: Callable[[Asked], Reply], **changes: object):
            server = stack.enter_context(providers.provider(answer))
            values = {"elevenlabs_api_key": KEY, "elevenlabs_url": server.url, **QUICK, **changes}
            return ElevenLabs(VoiceSettings(**values)), server  # type: ignore[arg-type]

        yield make


@pytest.fixture
def openai_at(folder: Path) -> Iterator[Callable[..., tuple[OpenAI, Provider]]]:
    """Yield a maker of a voice behind a speech server that answers as told."""
    with ExitStack() as stack:

        def make(answer: Callable[[Asked], Reply], **changes: object):
            server = stack.enter_context(providers.provider(answer))
            values = {"openai_speech_url": server.url, **QUICK, **changes}
            return OpenAI(VoiceSettings(**values)), server  # type: ignore[arg-type]

        yield make


@contextmanager
def nothing_left_in(folder: Path) -> Iterator[None]:
    """Check that what fails inside leaves no file behind."""
    yield
    assert list(folder.iterdir()) == []


def request(text: str, voice_id: str = "elevenlabs:voice123", **options: object) -> SpeechRequest:
    return SpeechRequest(text, voice_id, **options)  # type: ignore[arg-type]
