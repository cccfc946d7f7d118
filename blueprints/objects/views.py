"""From the address of a stored object to the page that serves it."""

from flask import Blueprint, abort, redirect, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from queries.objects import find_holder
from services.storage.objects import is_key

bp = Blueprint("objects", __name__, url_prefix="/objects")


@bp.get("/<path:key>")
@login_required
def show(key: str) -> Response:
    """Send the owner of the object to where it is served."""
    holder = (find_holder(current_user.id, key) if is_key(key) else None) or abort(404)
    if holder.kind == "track":
        return redirect(url_for("audio.stream", track_id=holder.id))
    endpoint = "media.thumbnail" if holder.kind == "thumbnail" else "media.file"
    return redirect(url_for(endpoint, media_id=holder.id))
