"""What to play one after the other."""

from typing import Any

from flask import Response, jsonify, url_for
from flask_login import current_user, login_required

from blueprints.audio.views import bp
from queries import playback as playback_queries
from queries.audio import Track

LONGEST = 100


@bp.get("/queue.json")
@login_required
def queue() -> Response:
    """List the narrations not heard yet, the newest first, as the player takes them."""
    found = playback_queries.unheard(current_user.id, LONGEST)
    return jsonify(items=[_item(track) for track in found])


def _item(track: Track) -> dict[str, Any]:
    story = url_for("news.show", news_id=track.news_id) if track.news_id else ""
    image = url_for("media.thumbnail", media_id=track.image_id) if track.image_id else ""
    return {
        "key": f"track:{track.id}",
        "src": url_for("audio.stream", track_id=track.id),
        "title": track.title,
        "by": f"Read by {track.reader}" if track.reader else "",
        "page": story or url_for("audio.show", track_id=track.id),
        "image": image,
        "duration": track.duration,
        "peaks": track.peaks,
    }
