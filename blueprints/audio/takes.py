"""Taking narrations away."""

from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.audio.views import bp
from extensions import db
from queries import audio as audio_queries
from services import tracks


@bp.post("/<uuid:track_id>/delete")
@login_required
def delete(track_id: UUID) -> Response:
    """Delete a narration with its sound, its times and its place in the history."""
    track = audio_queries.find_track(current_user.id, track_id) or abort(404)
    deleted = tracks.delete(current_user.id, track_id) or abort(404)
    db.session.commit()
    tracks.discard([deleted])
    flash("The narration is deleted.", "success")
    if track.news_id:
        return redirect(url_for("news.show", news_id=track.news_id), 303)
    return redirect(url_for("audio.index"), 303)
