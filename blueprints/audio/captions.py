"""Captions and transcripts of narrations, at addresses that never change."""

import hashlib
from uuid import UUID

from flask import Response, abort, request
from flask_login import current_user, login_required

from blueprints.audio.views import bp
from blueprints.serving import disposition
from queries import alignments
from services import transcripts
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
    """Answer with a file, or the confirmation that it is unchanged; ?download=1 saves it.

    Browsers keep it but ask each time, so that nobody sees it after signing out.
    """
    timing = alignments.find_timing(current_user.id, track_id) or abort(404)
    response = Response(content_type=transcripts.content_type(kind))
    etag = hashlib.sha256(transcripts.version(timing, kind).encode()).hexdigest()[:32]
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
        return response
    response.set_data(transcripts.render(current_user.id, timing, kind))
    suffix = kind.value.partition(".")[2]
    response.headers["Content-Disposition"] = disposition(
        f"{timing.title}.{suffix}", attachment="download" in request.args
    )
    return response
