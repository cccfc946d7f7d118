"""Captions and transcripts of narrations, at addresses that never change."""

from uuid import UUID

from flask import Response, request
from flask_login import current_user, login_required

from blueprints.audio.views import bp
from blueprints.transcribing import answer
from services.transcripts import Kind


@bp.get("/<uuid:track_id>/captions.vtt")
@login_required
def captions_vtt(track_id: UUID) -> Response:
    """Send WebVTT, which browsers and podcast apps show."""
    return send_transcript(track_id, Kind.VTT)


@bp.get("/<uuid:track_id>/captions.srt")
@login_required
def captions_srt(track_id: UUID) -> Response:
    """Send SubRip, which video programs read."""
    return send_transcript(track_id, Kind.SRT)


@bp.get("/<uuid:track_id>/transcript.txt")
@login_required
def transcript_text(track_id: UUID) -> Response:
    """Send the spoken words alone."""
    return send_transcript(track_id, Kind.TEXT)


@bp.get("/<uuid:track_id>/transcript.json")
@login_required
def transcript_json(track_id: UUID) -> Response:
    """Send the podcast namespace's transcript, by sentence; with ?words=1 by word."""
    return send_transcript(
        track_id, Kind.PODCAST_WORDS if "words" in request.args else Kind.PODCAST
    )


@bp.get("/<uuid:track_id>/alignment.json")
@login_required
def alignment_json(track_id: UUID) -> Response:
    """Send start and end of every character."""
    return send_transcript(track_id, Kind.ALIGNMENT)


def send_transcript(track_id: UUID, kind: Kind) -> Response:
    """Answer with one of the reader's files; ?download=1 saves it."""
    return answer(current_user.id, track_id, kind, attachment="download" in request.args)
