"""Asking for a file that lives elsewhere to be kept here, and how far that is."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.access import safe_path
from blueprints.media.views import Answer, bp
from blueprints.rendering import wants_fragment
from errors import AppError
from extensions import db, limiter
from presentation import told
from queries import keeps as keep_queries
from queries import media as media_queries
from services import keeping_media
from services.filetypes import NAMES


@bp.post("/<uuid:media_id>/keep")
@login_required
@limiter.limit("60 per minute")
def keep(media_id: UUID) -> Answer:
    """Have a worker fetch a file, so that it can be seen and heard here."""
    item = media_queries.find_asset(current_user.id, media_id) or abort(404)
    problem = ""
    if not item.stored:
        try:
            keeping_media.ask(current_user.id, media_id)
            db.session.commit()
        except AppError as error:
            db.session.rollback()
            problem = f"{item.name} is not kept. {told(error)}"
    if wants_fragment():
        return _state(media_id, problem)
    if problem:
        flash(problem, "error")
    elif not item.stored:
        flash(f"{item.name} is being kept.", "info")
    place = safe_path(request.form.get("next")) or url_for("media.show", media_id=media_id)
    return redirect(place, 303)


@bp.get("/<uuid:media_id>/keep")
@login_required
def keeping(media_id: UUID) -> Response | str:
    """Send how far it is, for polling; a browser that comes by itself gets the file's page."""
    if not wants_fragment():
        media_queries.find_asset(current_user.id, media_id) or abort(404)
        return redirect(url_for("media.show", media_id=media_id))
    return _state(media_id)


def _state(media_id: UUID, problem: str = "") -> str:
    """Render the row of a story that was asked from, or what the file's own page shows of it."""
    row = request.args.get("as") == "row"
    # In this order: what is kept between the two has no row in the queue, but is stored.
    keep = keep_queries.keep_of(current_user.id, media_id)
    item = media_queries.find_asset(current_user.id, media_id) or abort(404)
    return render_template(
        "media/_elsewhere.html" if row else "media/_exhibit.html",
        item=item,
        keep=keep,
        problem=problem,
        kinds=NAMES,
        announced=request.method == "POST" or item.stored or not (keep and keep.is_open),
    )
