"""Which voice reads: what there is, what a reader prefers, and what suits a text."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Self
from uuid import UUID

from sqlalchemy import func, literal, update
from sqlalchemy.dialects.postgresql import JSONB

from config import settings
from errors import InvalidInput
from extensions import db
from models import User
from queries.preferences import preferences_of
from services import voices
from services.alignment import Basis
from services.voices import FASTEST, SLOWEST, VoiceInfo
from services.voices.errors import VoiceNotFound
from services.voices.languages import suggest_language
from services.voices.settings import VoiceSettings

ABOUT = "narration"
"""Name of what we note in the user's metadata."""
POLYGLOTS = {"elevenlabs", "openai"}
"""Providers whose voices read any language, whichever they are labelled with."""


class NoVoice(InvalidInput):
    """No voice here reads the language of the text."""

    def __init__(self) -> None:
        super().__init__(
            "No voice of this site reads the language of this story. Choose a voice yourself,"
            " or ask an admin to add one."
        )


@dataclass(frozen=True, slots=True)
class Preference:
    """The voice and speed that a reader takes unless they say otherwise."""

    voice_id: str = ""
    """Empty: whichever suits the text."""
    speed: float = 1.0

    @classmethod
    def of(cls, noted: Any) -> Self:
        """Read what was noted, as far as it makes sense."""
        if not isinstance(noted, dict):
            return cls()
        voice_id, speed = noted.get("voice_id"), noted.get("speed")
        return cls(
            voice_id if isinstance(voice_id, str) and voice_id.isprintable() else "",
            within_bounds(speed) if isinstance(speed, int | float) else 1.0,
        )


def voice_settings() -> VoiceSettings:
    """Return what the voices need to know of the site's settings."""
    site = settings()
    return replace(VoiceSettings.of(site), data_dir=site.folder)


def list_voices() -> list[VoiceInfo]:
    """Return every voice of this site, the built-in ones first."""
    return voices.list_voices(voice_settings())


def languages(known: list[VoiceInfo]) -> list[tuple[str, str]]:
    """Return tag and name of each language that a voice is made for, by name."""
    names: dict[str, str] = {}
    for info in known:
        if info.language and info.provider not in POLYGLOTS:
            names.setdefault(info.language, info.language_name)
    return sorted(names.items(), key=lambda language: language[1])


def that_speak(known: list[VoiceInfo], language: str) -> list[VoiceInfo]:
    """Return the voices that read a language; the exact variant of it before its sisters."""
    speaking = [info for info in known if speaks(info, language)]
    exact = {info.language for info in speaking if info.language == language}
    if exact:
        speaking = [
            info for info in speaking if info.provider != "espeak" or info.language in exact
        ]
    return speaking


def speaks(info: VoiceInfo, language: str) -> bool:
    """Say whether a voice reads texts in that language; variants understand each other."""
    if not language or not info.language or info.provider in POLYGLOTS:
        return True
    return _tongue(info.language) == _tongue(language)


def find_voice(voice_id: str) -> VoiceInfo:
    """Return the voice of that id.

    A provider that can't be asked for its list just now is trusted to have it.

    Raises:
        VoiceNotFound: there is no such voice here.
    """
    provider = voices.find(voice_id, voice_settings())
    listed = provider.list_voices()
    for info in listed:
        if info.id == voice_id:
            return info
    native = voice_id.partition(":")[2]
    if listed or not native:
        raise VoiceNotFound
    return VoiceInfo(
        id=voice_id,
        name=native,
        language="",
        language_name="",
        provider=provider.provider,
        provider_name=provider.name,
        model_id="",
        basis=Basis.SENTENCE,
        sample_text="",
    )


def suited(known: list[VoiceInfo], voice_id: str, text: str) -> VoiceInfo:
    """Return the wished voice, or when it can't read the text's language one that does.

    The same speaker in that language comes first, then any of the same provider, then any.

    Raises:
        NoVoice: none reads that language.
    """
    wished = next((info for info in known if info.id == voice_id), known[0])
    language = suggest_language(text)
    if speaks(wished, language):
        return wished
    able = that_speak(known, language)
    same = [info for info in able if info.provider == wished.provider]
    speaker = [info for info in same if info.name == wished.name]
    for info in (*speaker, *same, *able):
        return info
    raise NoVoice


def preference_of(user_id: UUID) -> Preference:
    """Return what a reader noted, as far as it still makes sense."""
    return Preference.of(preferences_of(user_id, ABOUT))


def prefer(user_id: UUID, preference: Preference) -> None:
    """Note a reader's voice and speed for later. The caller commits."""
    noted = func.jsonb_build_object(ABOUT, literal(asdict(preference), JSONB))
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(metadata_=User.metadata_.op("||")(noted))
        .execution_options(synchronize_session=False)
    )


def within_bounds(speed: float) -> float:
    """Return a speed that every voice takes, in steps of a twentieth."""
    return round(min(FASTEST, max(SLOWEST, speed)) * 20) / 20


def _tongue(language: str) -> str:
    primary = language.split("-", maxsplit=1)[0].casefold()
    return {"zh": "cmn", "no": "nb"}.get(primary, primary)
