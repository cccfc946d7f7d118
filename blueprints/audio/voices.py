"""Samples of voices, to hear before choosing one."""

from io import BytesIO

from flask import Response, send_file
from flask_login import login_required

from blueprints.audio.views import bp
from extensions import db, limiter
from services import voice_samples

DAY = 24 * 3600


@bp.get("/voices/<path:voice_id>/sample")
@login_required
@limiter.limit("60 per minute")
def sample(voice_id: str) -> Response:
    """Send a sentence spoken by a voice."""
    db.session.close()  # a voice may take its time, and holds no connection meanwhile
    data = voice_samples.sample_of(voice_id)
    response = send_file(BytesIO(data), mimetype=voice_samples.CONTENT_TYPE, conditional=True)
    response.headers["Cache-Control"] = f"private, max-age={DAY}"
    return response
