"""Pages and sounds of narrations."""

from functools import partial
from uuid import UUID

from flask import Blueprint, Response, abort, render_template, request
from flask_login import current_user, login_required
from werkzeug.wrappers import Response as Answer

from blueprints.rendering import page_or_fragment
from blueprints.serving import send_object
from errors import NotFound
from queries import audio as audio_queries
from queries import playback as playback_queries
from queries import totals as totals_queries
from queries.paging import Cursor, next_page
from services import tracks
from services.filetypes import TYPES

PAGE = 30

bp = Blueprint("audio", __name__, url_prefix="/audio")


@bp.get("/")
@login_required
def index() -> Answer:
    """Show the narrations, or only older ones when htmx asks for more."""
    before = Cursor.parse(request.args.get("before"))
    found = audio_queries.latest_tracks(current_user.id, PAGE + 1, before)
    rows, older = next_page(found, PAGE)
    return page_or_fragment(
        "audio/index.html",
        "audio/_rows.html",
        rows=rows,
        next_page=older,
        paged=before is not None,
        total=totals_queries.totals_of(current_user.id).tracks,
        unheard=playback_queries.count_unheard(current_user.id),
    )


@bp.get("/<uuid:track_id>")
@login_required
def show(track_id: UUID) -> str:
    """Show one narration with what it says."""
    track = audio_queries.find_track(current_user.id, track_id) or abort(404)
    return render_template("audio/show.html", track=track)


@bp.get("/<uuid:track_id>/stream")
@login_required
def stream(track_id: UUID) -> Response:
    """Send the sound, or the part that the player wants; with ?download=1 as a file."""
    sound = audio_queries.find_sound(current_user.id, track_id) or abort(404)
    if sound.storage_key is None:
        raise NotFound("This sound is kept elsewhere; its page has the address.")
    _, extension = TYPES.get(sound.content_type, (None, "audio"))
    return send_object(
        sound.storage_key,
        content_type=sound.content_type,
        filename=f"{sound.title}.{extension}",
        size=sound.byte_size or None,
        modified=sound.created_at,
        attachment="download" in request.args,
        read=partial(tracks.read, sound),
    )
