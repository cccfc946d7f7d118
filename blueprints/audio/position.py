"""Where a reader stands in a narration, asked and told by the player."""

from typing import Any
from uuid import UUID

from flask import Response, abort, jsonify, request
from flask_login import current_user, login_required

from blueprints.audio.views import bp
from errors import InvalidInput
from extensions import db
from queries import playback as playback_queries
from queries.playback import Position
from services import playback
from services.devices import device_name
from services.playback import NotSaved, Report

Answer = Response | tuple[Response, int]


@bp.get("/<uuid:track_id>/position")
@login_required
def position(track_id: UUID) -> Response:
    """Tell where the reader stands, and where they stood before."""
    track = playback_queries.find_listenable(current_user.id, track_id) or abort(404)
    place = playback_queries.position_of(current_user.id, track.id)
    return jsonify(_told(place) | {"duration": track.duration})


@bp.post("/<uuid:track_id>/position")
@login_required
def save_position(track_id: UUID) -> Answer:
    """Keep a new place; a device that knows an older one gets 409 and the current one.

    Takes JSON, or a form with the token in it, because that is all a closing page can send.
    """
    track = playback_queries.find_listenable(current_user.id, track_id) or abort(404)
    try:
        place = playback.save(current_user.id, track, _report())
    except NotSaved as error:
        db.session.rollback()
        told = _told(error.current) | {"error": str(error), "reason": type(error).__name__}
        return jsonify(told), 409
    except InvalidInput as error:
        db.session.rollback()
        return jsonify(error=str(error)), 422
    db.session.commit()
    return jsonify(_told(place))


def _report() -> Report:
    sent: Any = request.get_json(silent=True) if request.is_json else request.form
    try:
        return Report(
            seconds=float(sent["seconds"]),
            version=int(sent["version"]),
            heard=float(sent.get("heard") or 0),
            start_over=str(sent.get("start_over", "")).lower() in {"1", "true"},
            device=device_name(request.headers.get("User-Agent")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInput("Tell seconds and version as numbers.") from error


def _told(place: Position) -> dict[str, Any]:
    return {
        "seconds": place.seconds,
        "version": place.version,
        "heard": place.heard,
        "finished": place.finished_at is not None,
        "device": place.device,
        "updated_at": place.updated_at.isoformat() if place.updated_at else None,
        "previous": list(place.previous),
    }
