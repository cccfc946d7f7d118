"""What the voices need to know of the site's settings."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

MEGABYTE = 1024 * 1024
SECRETS = {"elevenlabs_api_key", "openai_speech_key"}


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """The settings of every voice; secrets stay out of the repr. Times are seconds."""

    data_dir: Path = Path("var")
    voice_timeout: float = 120.0
    """The longest one request to a provider may take."""
    voice_attempts: int = 4
    """How often a request is sent when the provider is busy or fails."""
    voice_backoff: float = 1.0
    """The first wait between attempts; it doubles each time."""

    espeak_memory_bytes: int = 256 * MEGABYTE
    """Address space of the child process that speaks."""

    elevenlabs_api_key: str = field(default="", repr=False)
    elevenlabs_url: str = "https://api.elevenlabs.io"
    elevenlabs_model: str = "eleven_multilingual_v2"
    elevenlabs_format: str = "mp3_44100_128"

    openai_speech_url: str = ""
    """Any server with /v1/audio/speech; unset means that this voice is not offered."""
    openai_speech_key: str = field(default="", repr=False)
    openai_speech_model: str = "tts-1"
    openai_speech_voices: str = "alloy,ash,coral,echo,fable,nova,onyx,sage,shimmer"
    openai_speech_format: str = "mp3"

    piper_dir: Path | None = None
    """Where voice files lie; unset means a folder `piper` under `data_dir`."""
    piper_voices_url: str = "https://huggingface.co/rhasspy/piper-voices/resolve/main"

    @property
    def piper_folder(self) -> Path:
        """Where Piper's voice files are looked for."""
        return self.piper_dir or self.data_dir / "piper"

    @classmethod
    def of(cls, settings: object) -> Self:
        """Take from `settings` what it has of these fields; the rest keeps its default."""
        if isinstance(settings, cls):
            return settings
        values = {}
        for known in fields(cls):
            value = getattr(settings, known.name, None)
            if value is not None:
                # Keys come wrapped, so that they are not printed by accident.
                reveal = getattr(value, "get_secret_value", None)
                values[known.name] = reveal() if reveal else value
        return cls(**values)
