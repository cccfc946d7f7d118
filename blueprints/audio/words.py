"""The words of a narration with their times, for the page that lights them up."""

from uuid import UUID

from flask import Response
from flask_login import login_required

from blueprints.audio.captions import send_transcript
from blueprints.audio.views import bp
from services.transcripts import Kind


@bp.get("/<uuid:track_id>/words.json")
@login_required
def words(track_id: UUID) -> Response:
    """Send the compact list of words and sentences; see services/readalong.py."""
    return send_transcript(track_id, Kind.WORDS)
