from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from services import voices
from services.voices.errors import VoiceNotFound
from services.voices.settings import VoiceSettings


@dataclass
class SiteSettings:
    elevenlabs_api_key: SecretStr | None = None
    openai_speech_url: str = ""
    unrelated: str = "x"


def providers(settings: object) -> list[str]:
    return [voice.provider for voice in voices.voices(settings)]


def test_the_built_in_voice_is_always_there(tmp_path):
    assert providers(VoiceSettings(data_dir=tmp_path)) == ["espeak"]
    assert providers(object()) == ["espeak"]


def test_others_appear_with_their_settings():
    settings = SiteSettings(SecretStr("key"), "http://127.0.0.1:8880")

    assert providers(settings) == ["espeak", "elevenlabs", "openai"]
    assert VoiceSettings.of(settings).elevenlabs_api_key == "key"


def test_a_voice_is_found_by_its_id():
    assert voices.find("espeak:de+m3", object()).provider == "espeak"
    for unknown in ("", "elevenlabs:x", "other:y"):
        with pytest.raises(VoiceNotFound):
            voices.find(unknown, object())


def test_the_list_begins_with_the_default_voice():
    assert voices.list_voices(object())[0].id == "espeak:en-us"


def test_keys_are_not_printed():
    settings = VoiceSettings(elevenlabs_api_key="sk-1", openai_speech_key="sk-2")

    assert "sk-" not in repr(settings)
