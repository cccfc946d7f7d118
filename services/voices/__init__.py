"""Voices: whatever turns a text into sound and says when each character is heard.

One file per provider. Which are there follows from the settings: `espeak` always, the
others when their key, address or files are. This file imports little, because the child
process of espeak starts with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.alignment import Alignment, Basis

Progress = Callable[[float], None]
"""Told the share of the text that was spoken, from 0 to 1, several times a second while a
voice speaks or waits. What it raises stops the voice and comes out of `speak`."""

SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """One voice to choose from. `id` is what a form sends: provider, colon, the provider's id."""

    id: str
    name: str
    language: str
    """BCP 47 tag, or "" for a voice that speaks many languages."""
    language_name: str
    provider: str
    provider_name: str
    model_id: str
    basis: Basis
    sample_text: str

    @property
    def label(self) -> str:
        """Name and language, for lists."""
        return f"{self.name}, {self.language_name}" if self.language_name else self.name


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What is to be spoken, and how.

    `speed` is a factor from 0.5 to 2. `language` (BCP 47) matters to voices that speak
    several. `settings` are the provider's own, under the names the source document gives
    them: stability, similarityBoost, style, useSpeakerBoost.
    """

    text: str
    voice_id: str
    speed: float = 1.0
    language: str = ""
    model_id: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def native_id(self) -> str:
        """The provider's own id of the voice."""
        return self.voice_id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Speech:
    """A finished narration: a sound file and the timing of every character.

    `alignment` covers exactly the cleaned text and ends with the sound, after `duration`
    seconds. `peaks` is the waveform, 0 to 100. `characters` is how many the provider counted.
    `normalized` times the text as the provider pronounced it, where it tells. Whoever asked
    owns the file and removes it.
    """

    path: Path
    content_type: str
    duration: float
    alignment: Alignment
    peaks: list[int]
    characters: int
    model_id: str
    request_id: str | None = None
    normalized: Alignment | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class Voice(Protocol):
    """One provider of voices."""

    provider: str
    """First part of its voices' ids."""
    name: str

    def list_voices(self) -> list[VoiceInfo]:
        """Return its voices, the default one first; never raises."""

    def speak(
        self, request: SpeechRequest, folder: Path, progress: Progress | None = None
    ) -> Speech:
        """Narrate the text into a new file in `folder`.

        The text is cleaned first (`spoken_text.clean`). On failure no file is left behind.

        Raises:
            NothingToSay: no word is left to speak.
            VoiceNotFound: there is no such voice.
            VoiceError: the provider refused (`permanent`) or failed.
        """


def voices(settings: object) -> list[Voice]:
    """Return the providers these settings allow, the built-in one first."""
    # Imported only where needed: the child process needs none of them, and a worker that
    # only speaks with the built-in voice stays small.
    from services.voices.espeak import Espeak
    from services.voices.settings import VoiceSettings

    chosen = VoiceSettings.of(settings)
    found: list[Voice | None] = [Espeak(chosen)]
    if chosen.piper_folder.is_dir():
        from services.voices.piper import Piper

        found.append(Piper.if_installed(chosen))
    if chosen.elevenlabs_api_key:
        from services.voices.elevenlabs import ElevenLabs

        found.append(ElevenLabs(chosen))
    if chosen.openai_speech_url:
        from services.voices.openai import OpenAI

        found.append(OpenAI(chosen))
    return [voice for voice in found if voice is not None]


def find(voice_id: str, settings: object) -> Voice:
    """Return the provider that speaks with this voice.

    Raises:
        VoiceNotFound: no provider here goes by that name.
    """
    from services.voices.errors import VoiceNotFound

    provider = voice_id.partition(":")[0]
    for voice in voices(settings):
        if voice.provider == provider:
            return voice
    raise VoiceNotFound


def list_voices(settings: object) -> list[VoiceInfo]:
    """Return every voice there is to choose from, the built-in ones first."""
    return [info for voice in voices(settings) for info in voice.list_voices()]
