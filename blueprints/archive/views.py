"""Everything of a reader as one file: asking for it, fetching it, and handing one in."""

from typing import BinaryIO, cast
from uuid import UUID

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.serving import send_object
from config import settings
from errors import AppError, InvalidInput
from extensions import db
from models import ArchiveKind
from queries import archives
from services.archive import requests
from services.archive.report import sentences

bp = Blueprint("archive", __name__, url_prefix="/account")


@bp.app_context_processor
def words() -> dict[str, object]:
    """Let templates say what an import did."""
    return {"archive_sentences": sentences}


@bp.post("/archive")
@login_required
def take_out() -> Response:
    """Ask for everything as one file."""
    try:
        requests.ask_export(current_user.id)
        db.session.commit()
    except requests.Underway as error:
        db.session.rollback()
        flash(str(error), "info")
    return redirect(url_for("archive.index"), 303)


@bp.get("/archive")
@login_required
def index() -> Response:
    """Show what was asked for last, and how to bring an archive in."""
    return _page()


@bp.get("/archive/<uuid:archive_id>/state")
@login_required
def state(archive_id: UUID) -> str:
    """Send how far a request is, for the page that asks again."""
    found = archives.find(current_user.id, archive_id) or abort(404)
    return render_template("archive/_state.html", archive=found)


@bp.get("/archive/<uuid:archive_id>")
@login_required
def fetch(archive_id: UUID) -> Response:
    """Send the file, or the part of it that was asked for."""
    found = archives.find(current_user.id, archive_id)
    if found is None or not found.can_be_fetched or found.storage_key is None:
        abort(404)
    return send_object(
        found.storage_key,
        content_type=requests.TYPE,
        filename=f"earshot-{found.created_at:%Y-%m-%d}.zip",
        size=found.byte_size,
        modified=found.finished_at,
        attachment=True,
    )


@bp.post("/archive/<uuid:archive_id>/delete")
@login_required
def forget(archive_id: UUID) -> Response:
    """Stop a request, or forget one that has ended."""
    requests.forget(current_user.id, archive_id)
    db.session.commit()
    return redirect(url_for("archive.index"), 303)


@bp.get("/import")
@login_required
def import_page() -> Response:
    """Lead to the form, for who reloads after it was refused."""
    return redirect(url_for("archive.index"), 303)


@bp.post("/import")
@login_required
def bring_in() -> Response:
    """Keep a file, to be brought in by a worker."""
    user_id = current_user.id
    file = request.files.get("files")
    try:
        if file is None or not file.filename:
            raise InvalidInput("Choose an archive first.")
        _, key = requests.ask_import(user_id, cast(BinaryIO, file.stream), file.filename)
    except AppError as error:
        db.session.rollback()
        return _page(str(error), 422 if error.status in {403, 409} else error.status)
    try:
        db.session.commit()
    except Exception:
        requests.give_up(key)
        raise
    return redirect(url_for("archive.index"), 303)


def _page(error: str = "", status: int = 200) -> Response:
    page = render_template(
        "archive/index.html",
        export=archives.latest(current_user.id, ArchiveKind.EXPORT),
        arriving=archives.latest(current_user.id, ArchiveKind.IMPORT),
        days=settings().archive_days,
        most=settings().max_archive_bytes,
        error=error,
    )
    return make_response(page, status)
