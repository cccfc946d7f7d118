"""Settings that belong together; config.py puts them into one."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

MEGABYTE = 1024 * 1024


class VoiceSettings(BaseSettings):
    """Which voices there are, and how long they may take."""

    espeak_memory_bytes: int = Field(default=256 * MEGABYTE, ge=64 * MEGABYTE)
    """What the process that speaks may use."""
    elevenlabs_api_key: SecretStr | None = None
    elevenlabs_url: str = "https://api.elevenlabs.io"
    elevenlabs_model: str = "eleven_multilingual_v2"
    elevenlabs_format: str = "mp3_44100_128"
    openai_speech_url: str = ""
    """Any server with OpenAI's /v1/audio/speech, such as Kokoro on your own machine."""
    openai_speech_key: SecretStr | None = None
    openai_speech_model: str = "tts-1"
    openai_speech_voices: str = "alloy,ash,coral,echo,fable,nova,onyx,sage,shimmer"
    openai_speech_format: str = "mp3"
    piper_dir: Path | None = None
    """Where Piper's voice files are; unset means `data_dir`/piper."""
    piper_voices_url: str = "https://huggingface.co/rhasspy/piper-voices/resolve/main"
    voice_timeout: float = Field(default=120, gt=0)
    voice_attempts: int = Field(default=4, ge=1)
    voice_backoff: float = Field(default=1, ge=0)


class FetchSettings(BaseSettings):
    """What may be fetched from the web, how often, and how much of it."""

    fetch_allowed_hosts: str = ""
    """Private hosts that may be fetched all the same: host, host:port or CIDR, with commas."""
    fetch_timeout: float = Field(default=20, gt=0)
    """For a feed or a page with all its redirects; pictures may take twice as long."""
    fetch_max_bytes: int = Field(default=10 * MEGABYTE, ge=1024)
    """Size of a feed or a page, unpacked."""
    fetch_user_agent: str = "Earshot/0.1 (feed reader)"

    fetch_every: float = Field(default=3600, ge=60)
    """Between two visits to a source, unless it asks for longer waits."""
    fetch_spacing: float = Field(default=1, ge=0)
    """Between two questions to one host."""
    fetch_pictures: bool = True
    """Make small copies of the pictures at the head of stories that arrive."""
    fetches_at_once: int = Field(default=4, ge=1)
    """How many sources one worker visits at the same time."""

    @field_validator("fetch_allowed_hosts")
    @classmethod
    def _only_hosts(cls, value: str) -> str:
        # Imported here: the settings stand below the services.
        from services.fetching.addresses import Allowed

        Allowed.parse(value)
        return value
