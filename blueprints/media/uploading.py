"""Taking files into the library: many with a form, or one by one from upload.js."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.datastructures import FileStorage

from blueprints.media.views import Answer, bp
from config import settings
from errors import AppError, LimitReached
from extensions import db
from presentation import told
from queries import media as media_queries
from queries import totals as totals_queries
from queries.media import Asset
from services import media, plans, uploads
from services.refusals import UploadRefused
from services.storage import open_storage
from services.uploads import Limits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    status: int
    """200 kept, 409 there already, 422 refused, or that of a failure of ours."""
    name: str
    item: Asset | None = None
    """The new asset, or the one that is there already."""
    problem: str | None = None


@bp.get("/upload")
@login_required
def upload() -> str:
    """Show the form."""
    return _page()


@bp.post("/upload")
@login_required
def save_upload() -> Answer:
    """Keep what can be kept, each file by itself, and name the others."""
    reader = current_user.id
    chosen = [sent for sent in request.files.getlist("files") if sent.filename]
    problem = _wrong_number(len(chosen))
    if problem:
        return _page(errors=[problem]), 422
    outcomes = [_take(reader, sent, "keep_duplicates" in request.form) for sent in chosen]
    if request.headers.get("X-Requested-With") == "upload":
        return _fragment(outcomes[0]), outcomes[0].status
    kept = [outcome for outcome in outcomes if outcome.status == 200]
    if len(kept) < len(outcomes):
        return _page(outcomes=outcomes), 422
    count = f"{len(kept)} files" if len(kept) > 1 else kept[0].name
    flash(f"{count} uploaded.", "success")
    return redirect(url_for("media.index"), 303)


def _take(reader: UUID, sent: FileStorage, keep_duplicates: bool) -> Outcome:
    """Examine, store and commit one file."""
    name = uploads.clean_name(sent.filename or "")
    try:
        plans.check_storage(reader, uploads.least_size(sent.stream))
        # Decoding takes its time; no connection to the database is held meanwhile.
        db.session.close()
        prepared = uploads.examine(sent.stream, sent.filename or "", Limits.of(settings()))
    except UploadRefused as refusal:
        return Outcome(refusal.status, name, problem=refusal.reason)
    except LimitReached as error:
        return Outcome(error.status, name, problem=f"was not kept. {told(error)}")
    try:
        same = media_queries.find_by_sha256(reader, prepared.sha256)
        if same and not keep_duplicates:
            return Outcome(409, name, same, "You already have this file.")
        with media.batch(open_storage()) as batch:
            media_id = batch.store(reader, prepared)
            db.session.commit()
    except AppError as error:
        db.session.rollback()
        return Outcome(error.status, name, problem=f"could not be kept. {told(error)}")
    finally:
        prepared.close()
    return Outcome(200, name, media_queries.find_asset(reader, media_id) or abort(404))


def _wrong_number(count: int) -> str | None:
    if count == 0:
        return "Choose at least one file."
    if count > settings().max_files:
        return f"Choose up to {settings().max_files} files at a time; these were {count}."
    return None


def _page(**context: Any) -> str:
    context = {"outcomes": [], "errors": []} | context
    return render_template("media/upload.html", drop=uploads.drop_zone(), **context)


def _fragment(outcome: Outcome) -> str:
    return render_template(
        "media/_upload_result.html",
        outcome=outcome,
        item=outcome.item,
        totals=totals_queries.totals_of(current_user.id),
    )
