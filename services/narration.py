"""Asking for a narration, asking again, and stopping one."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from config import settings as site_settings
from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import AudioGeneration, AudioTrack, GenerationStage, GenerationStatus
from models.audio import OPEN
from queries import generations as generation_queries
from queries.news import Story, find_story
from queries.plans import this_month
from services import plans, spoken_text, voice_choice
from services.voices import VoiceInfo

NO_STORY = "That story doesn't exist, or isn't yours."
NO_GENERATION = "That narration doesn't exist, or isn't yours."
CANCELLED_WORDS = "You stopped it."
CHARACTERS_PER_SECOND = 15.0
"""How fast the built-in voice reads English; others differ by a fifth."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a reader wants a story read.

    An empty `text` means the story's own words, an empty `voice_id` the reader's usual voice
    or one that reads the text's language.
    """

    voice_id: str = ""
    text: str = ""
    speed: float | None = None
    """None means the reader's usual speed."""
    language: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The provider's own: stability, similarityBoost, style, useSpeakerBoost."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish: it is queued, or it was granted before."""

    generation_id: UUID | None = None
    """The attempt that waits or is under way; one that was there already if not `is_new`."""
    track_id: UUID | None = None
    """The take that is exactly what was wished for; nothing is spent."""
    is_new: bool = False


class TooLong(InvalidInput):
    """The text is longer than one narration may be."""


class AlreadyReading(Conflict):
    """The voice is busy with another text of the same story."""

    def __init__(self) -> None:
        super().__init__(
            "This voice is reading another version of this story right now. Ask again when it is"
            " done, or stop it first."
        )


def ask(user_id: UUID, news_id: UUID, wish: Wish) -> Asked:
    """Queue a narration, or find that it is under way or done. The caller commits.

    The database decides, so two clicks at once queue one. What only waits is changed to the
    newer wish.

    Raises:
        NotFound: the reader has no such story.
        NothingToSay: no word is left to speak.
        TooLong: the text is too long.
        NoVoice, VoiceNotFound: nobody here can read it so.
        AlreadyReading: the voice is reading another text of the story.
        LimitReached: the reader's plan has not that many characters left; roll back.
    """
    story = find_story(user_id, news_id)
    if story is None:
        raise NotFound(NO_STORY)
    own_words = spoken_text.from_markdown(story.content, story.headline)
    text = spoken_text.clean(wish.text) if wish.text.strip() else own_words
    most = site_settings().max_spoken_characters
    if len(text) > most:
        raise TooLong(
            f"One narration can have up to {most:,} characters; this text has {len(text):,}."
        )
    usual = voice_choice.preference_of(user_id)
    if wish.voice_id:
        info = voice_choice.find_voice(wish.voice_id)
    else:
        info = voice_choice.suited(voice_choice.list_voices(), usual.voice_id, text)
    speed = voice_choice.within_bounds(usual.speed if wish.speed is None else wish.speed)
    chosen = settings_of(info, text, speed, wish) | {
        "source": fingerprint(own_words),
        "source_at": story.updated_at.isoformat(),
    }
    return _ask(user_id, news_id, info.id, info.model_id, text, chosen)


def retry(user_id: UUID, generation_id: UUID) -> Asked:
    """Queue a failed attempt once more, with the same text and voice. The caller commits.

    Raises:
        NotFound: the reader has no such attempt, or its story is gone.
        Conflict: it has not failed.
        AlreadyReading: the voice is reading another text of the story.
        LimitReached: the reader's plan has not that many characters left; roll back.
    """
    row = db.session.execute(
        select(
            AudioGeneration.news_id,
            AudioGeneration.voice_id,
            AudioGeneration.model_id,
            AudioGeneration.text,
            AudioGeneration.settings,
            AudioGeneration.status,
        ).where(AudioGeneration.user_id == user_id, AudioGeneration.id == generation_id)
    ).one_or_none()
    if row is None:
        raise NotFound(NO_GENERATION)
    if row.news_id is None:
        raise NotFound(NO_STORY)
    if row.status is not GenerationStatus.FAILED:
        raise Conflict("That narration has not failed, so there is nothing to try again.")
    voice_choice.find_voice(row.voice_id)
    return _ask(user_id, row.news_id, row.voice_id, row.model_id, row.text, row.settings)


def cancel(user_id: UUID, generation_id: UUID) -> bool:
    """Stop a narration and say whether there was still something to stop. The caller commits.

    A worker that is at it notices with its next heartbeat.

    Raises:
        NotFound: the reader has no such attempt.
    """
    stopped = db.session.scalar(
        update(AudioGeneration)
        .where(AudioGeneration.user_id == user_id, AudioGeneration.id == generation_id, OPEN)
        .values(
            status=GenerationStatus.FAILED,
            error=CANCELLED_WORDS,
            error_code=generation_queries.CANCELLED,
            finished_at=func.now(),
        )
        .returning(AudioGeneration.id)
        .execution_options(synchronize_session=False)
    )
    if stopped is None and generation_queries.find_generation(user_id, generation_id) is None:
        raise NotFound(NO_GENERATION)
    return stopped is not None


def words_of(story: Story) -> str:
    """Return what is read aloud of a story.

    Raises:
        NothingToSay: there is no word in it.
    """
    return spoken_text.from_markdown(story.content, story.headline)


def is_stale(story: Story, source: str, source_at: str = "") -> bool:
    """Say whether a story's words are others than when a take was asked for.

    `source` is the fingerprint of its words then, `source_at` when it had last been changed.
    """
    if not source or source_at == story.updated_at.isoformat():
        return False
    try:
        return fingerprint(words_of(story)) != source
    except spoken_text.NothingToSay:
        return True


def seconds_to_hear(characters: int, speed: float = 1.0) -> float:
    """Estimate how long a text of that length takes to be read."""
    return characters / CHARACTERS_PER_SECOND / speed


def fingerprint(*parts: object) -> str:
    """Return a short digest of texts and settings: equal parts, equal digest."""
    plain = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def settings_of(info: VoiceInfo, text: str, speed: float, wish: Wish) -> dict[str, Any]:
    """Return what is kept of a wish; a take with the same `digest` sounds the same."""
    own = {name: wish.settings[name] for name in sorted(wish.settings)}
    language = wish.language if info.provider in voice_choice.POLYGLOTS else ""
    return own | {
        "speed": speed,
        "language": language,
        "voiceName": info.label,
        "digest": fingerprint(text, info.id, info.model_id, speed, language, own),
    }


def _ask(
    user_id: UUID, news_id: UUID, voice_id: str, model_id: str, text: str, chosen: dict[str, Any]
) -> Asked:
    track_id = _take_again(user_id, news_id, str(chosen.get("digest")))
    if track_id is not None:
        return Asked(track_id=track_id)
    values = {"model_id": model_id, "text": text, "settings": chosen, "characters": len(text)}
    values |= {"charged": len(text), "charged_period": this_month()}
    while True:
        queued = db.session.scalar(
            insert(AudioGeneration)
            .values(
                user_id=user_id,
                news_id=news_id,
                voice_id=voice_id,
                status=GenerationStatus.PENDING,
                **values,
            )
            .on_conflict_do_nothing(
                index_elements=[AudioGeneration.news_id, AudioGeneration.voice_id],
                index_where=OPEN,
            )
            .returning(AudioGeneration.id)
        )
        if queued is not None:
            plans.spend_characters(user_id, len(text))
            return Asked(generation_id=queued, is_new=True)
        under_way = _under_way(user_id, news_id, voice_id, values)
        if under_way is not None:
            return Asked(generation_id=under_way)
        # It ended between the two statements; then there is room for a new one.


def _take_again(user_id: UUID, news_id: UUID, digest: str) -> UUID | None:
    """Let a story play the take with that digest, and return it; None when there is none."""
    same = (
        select(AudioTrack.id)
        .where(
            AudioTrack.user_id == user_id,
            AudioTrack.news_id == news_id,
            AudioTrack.storage_key.is_not(None),
            AudioTrack.metadata_["digest"].astext == digest,
        )
        .order_by(AudioTrack.created_at.desc(), AudioTrack.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return db.session.scalar(
        update(AudioTrack)
        .where(AudioTrack.id == same)
        .values(chosen_at=func.clock_timestamp())
        .returning(AudioTrack.id)
        .execution_options(synchronize_session=False)
    )


def _under_way(user_id: UUID, news_id: UUID, voice_id: str, values: dict[str, Any]) -> UUID | None:
    """Return the open attempt, changed to the newer wish if it only waits; None when it ended."""
    row = db.session.execute(
        select(AudioGeneration.id, AudioGeneration.status, AudioGeneration.settings)
        .where(
            AudioGeneration.user_id == user_id,
            AudioGeneration.news_id == news_id,
            AudioGeneration.voice_id == voice_id,
            OPEN,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    found: UUID = row.id
    if row.settings.get("digest") == values["settings"].get("digest"):
        return found
    if row.status is GenerationStatus.PROCESSING:
        raise AlreadyReading
    plans.charge_anew(user_id, found, values["charged"])
    db.session.execute(
        update(AudioGeneration)
        .where(AudioGeneration.id == found)
        .values(**values, stage=GenerationStage.QUEUED)
        .execution_options(synchronize_session=False)
    )
    return found
