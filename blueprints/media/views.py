"""Pages and files of the media library."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.media.forms import AssetForm
from blueprints.rendering import page_or_fragment, wants_fragment
from blueprints.serving import send_object
from errors import NotFound
from extensions import db
from models import MediaType
from queries import keeps as keep_queries
from queries import media as media_queries
from queries import totals as totals_queries
from queries.media import Asset
from queries.paging import Cursor, next_page
from services import media, uploads
from services.filetypes import NAMES
from services.storage import open_storage

PAGE = 40

bp = Blueprint("media", __name__, url_prefix="/media")

Answer = Response | str | tuple[str, int]


@bp.get("/")
@login_required
def index() -> Response:
    """Show the library, or only more of it when htmx asks."""
    asked = request.args.get("type")
    wanted = asked if asked in set(MediaType) else None
    unused = "unused" in request.args
    before = Cursor.parse(request.args.get("before"))
    found = media_queries.library(
        current_user.id, type=wanted, unused=unused, before=before, limit=PAGE + 1
    )
    rows, older = next_page(found, PAGE)
    return page_or_fragment(
        "media/index.html",
        "media/_grid.html",
        rows=rows,
        next_page=older,
        type=wanted,
        unused=unused,
        paged=before is not None,
        totals=totals_queries.totals_of(current_user.id),
        drop=uploads.drop_zone(),
    )


@bp.get("/<uuid:media_id>")
@login_required
def show(media_id: UUID) -> Answer:
    """Show one image or sound, and the form for what is said of it."""
    item = media_queries.find_asset(current_user.id, media_id)
    if item is None:
        return _narration(media_id, "audio.show") or abort(404)
    return _detail(item, AssetForm(obj=item))


@bp.post("/<uuid:media_id>")
@login_required
def save(media_id: UUID) -> Answer:
    """Store title and alt text, from its page or from its row among fresh uploads."""
    item = media_queries.find_asset(current_user.id, media_id) or abort(404)
    form = AssetForm()
    if not form.validate():
        return (_row(item, form) if wants_fragment() else _detail(item, form)), 422
    media.edit(current_user.id, media_id, form.title.data or "", form.alt_text.data or "")
    db.session.commit()
    if wants_fragment():
        return _row(media_queries.find_asset(current_user.id, media_id) or abort(404))
    flash("Saved.", "success")
    return redirect(url_for("media.show", media_id=media_id), 303)


@bp.get("/<uuid:media_id>/file")
@login_required
def file(media_id: UUID) -> Response:
    """Send the stored file, or a part of it; with ?download=1 to be saved."""
    stored = media_queries.find_file(current_user.id, media_id) or abort(404)
    if stored.storage_key is None:
        if narration := _narration(media_id, "audio.stream"):
            return narration
        raise NotFound("This file is kept elsewhere; its page has the address.")
    return send_object(
        stored.storage_key,
        content_type=stored.content_type,
        filename=stored.name,
        size=stored.size,
        modified=stored.created_at,
        attachment="download" in request.args,
    )


@bp.get("/<uuid:media_id>/thumbnail")
@login_required
def thumbnail(media_id: UUID) -> Response:
    """Send the small version of a picture."""
    stored = media_queries.find_file(current_user.id, media_id) or abort(404)
    if stored.thumbnail_key is None:
        raise NotFound("There is no small version of this file.")
    return send_object(
        stored.thumbnail_key,
        content_type="image/webp",
        filename="thumbnail.webp",
        size=stored.thumbnail_size,
        modified=stored.created_at,
    )


@bp.get("/<uuid:media_id>/delete")
@login_required
def confirm_delete(media_id: UUID) -> str:
    """Ask before deleting, for browsers without scripts."""
    item = media_queries.find_asset(current_user.id, media_id) or abort(404)
    return _question(item)


@bp.post("/<uuid:media_id>/delete")
@login_required
def delete(media_id: UUID) -> Answer:
    """Delete a file; one that a story uses only when that was ticked as well."""
    item = media_queries.find_asset(current_user.id, media_id) or abort(404)
    try:
        keys = media.delete_asset(
            current_user.id, media_id, even_if_used="even_if_used" in request.form
        )
    except media.InUse as error:
        return _question(item, str(error)), 422
    db.session.commit()
    media.delete_objects(open_storage(), keys)
    flash(f"{item.name} is deleted.", "success")
    return redirect(url_for("media.index"), 303)


def _narration(media_id: UUID, endpoint: str) -> Response | None:
    """Send somebody from the asset that stands for a narration to the narration itself."""
    track_id = media_queries.track_of(current_user.id, media_id)
    if track_id is None:
        return None
    address = url_for(endpoint, track_id=track_id, download=request.args.get("download"))
    return redirect(address)


def _detail(item: Asset, form: AssetForm) -> str:
    keep = keep_queries.keep_of(current_user.id, item.id)
    return render_template("media/show.html", item=item, form=form, kinds=NAMES, keep=keep)


def _row(item: Asset, form: AssetForm | None = None) -> str:
    """Render the row that stood among fresh uploads, saved or with what was wrong."""
    return render_template(
        "media/_upload_result.html", item=item, outcome=None, form=form, saved=form is None
    )


def _question(item: Asset, problem: str | None = None) -> str:
    return render_template("media/delete.html", item=item, problem=problem)
