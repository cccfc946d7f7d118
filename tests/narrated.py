"""Narrations that a voice really spoke, with all that a worker keeps of them."""

import tempfile
from pathlib import Path
from typing import Any

from config import settings
from extensions import db
from models import AudioAlignment, AudioTrack, NewsStory, User
from services import spoken_text, voices
from services.alignment import check
from services.voices import SpeechRequest
from tests.stored import make_stored_track


def narrate(
    owner: User, story: NewsStory, text: str = "", voice: str = "espeak:en-us", **columns: Any
) -> AudioTrack:
    """Let the built-in voice read a story, or another text in its place, and keep the sound."""
    text = text or spoken_text.from_markdown(story.content, story.headline)
    with tempfile.TemporaryDirectory() as folder:
        speech = voices.find(voice, settings()).speak(SpeechRequest(text, voice), Path(folder))
        data = speech.path.read_bytes()
    verdict = check(speech.alignment, speech.alignment.text, speech.duration)
    metadata = {
        "voiceId": voice,
        "voiceName": "Robin",
        "peaks": speech.peaks,
        "alignment_basis": speech.alignment.basis.value,
        "alignment_grade": verdict.grade.value,
        "alignment_reasons": list(verdict.reasons),
    } | columns.pop("metadata_", {})
    track = make_stored_track(
        owner,
        story,
        data,
        text=speech.alignment.text,
        duration=speech.duration,
        content_type=speech.content_type,
        metadata_=metadata,
        **columns,
    )
    if metadata["alignment_grade"] != "unusable":
        times = speech.alignment
        db.session.add(
            AudioAlignment(
                track_id=track.id,
                characters=times.characters,
                start_times=times.start_times,
                end_times=times.end_times,
            )
        )
        db.session.commit()
    return track
