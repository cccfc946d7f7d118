"""A sentence by each voice, to hear before choosing it."""

import tempfile
from pathlib import Path

from extensions import cache
from services import voice_choice, voices
from services.encoding import CONTENT_TYPE
from services.narration import fingerprint
from services.voices import SpeechRequest

__all__ = ["CONTENT_TYPE", "sample_of"]

KEPT = 30 * 24 * 3600
"""Seconds; some voices cost money, and a sample is the same for everybody."""


def sample_of(voice_id: str) -> bytes:
    """Return a voice's sample, made once and then kept in the cache.

    Takes as long as the voice does: let go of the database before.

    Raises:
        VoiceNotFound: there is no such voice here.
        VoiceError: it does not speak.
    """
    info = voice_choice.find_voice(voice_id)
    text = info.sample_text or "This is how your stories sound when they are read aloud."
    key = f"voice-sample:{fingerprint(info.id, info.model_id, text)}"
    kept = cache.get(key)
    if isinstance(kept, bytes):
        return kept
    voice = voices.find(voice_id, voice_choice.voice_settings())
    with tempfile.TemporaryDirectory() as folder:
        speech = voice.speak(SpeechRequest(text, voice_id, model_id=info.model_id), Path(folder))
        data = speech.path.read_bytes()
    cache.set(key, data, timeout=KEPT)
    return data
