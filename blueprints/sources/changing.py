"""Changing, pausing, refreshing and leaving sources."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.rendering import refused
from blueprints.sources.forms import SourceForm
from blueprints.sources.views import bp
from errors import AppError
from extensions import db
from queries import sources as source_queries
from services import media
from services.sources import editing
from services.storage import open_storage

Answer = Response | str | tuple[str, int]


@bp.get("/<uuid:source_id>/edit")
@login_required
def edit(source_id: UUID) -> str:
    """Show the form with the source in it."""
    source = source_queries.find_source(current_user.id, source_id) or abort(404)
    form = SourceForm()
    form.fill(source)
    return render_template("sources/edit.html", form=form, source=source)


@bp.post("/<uuid:source_id>/edit")
@login_required
def save(source_id: UUID) -> Answer:
    """Store what was changed; at another address the source begins anew."""
    source = source_queries.find_source(current_user.id, source_id) or abort(404)
    form = SourceForm()
    if not form.validate():
        return refused("sources/edit.html", form=form, source=source)
    moved = form.url.data if form.url.data != source.url else None
    try:
        editing.change(current_user.id, source_id, form.wishes(), moved)
    except AppError as error:
        db.session.rollback()
        form.url.errors = [*form.url.errors, str(error)]
        return refused("sources/edit.html", form=form, source=source)
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("sources.show", source_id=source_id), 303)


@bp.post("/<uuid:source_id>/refresh")
@login_required
def refresh(source_id: UUID) -> Response:
    """Have the worker visit a source as soon as it can."""
    return _done(source_id, editing.refresh)


@bp.post("/<uuid:source_id>/pause")
@login_required
def pause(source_id: UUID) -> Response:
    """Visit a source no longer, until it is resumed."""
    return _done(source_id, editing.pause, "Paused. Its stories stay.")


@bp.post("/<uuid:source_id>/resume")
@login_required
def resume(source_id: UUID) -> Response:
    """Visit a source again."""
    return _done(source_id, editing.resume, "Its stories are being fetched again.")


@bp.post("/<uuid:source_id>/delete")
@login_required
def delete(source_id: UUID) -> Response:
    """Follow a source no longer; its stories go too when the reader ticked that."""
    pruned = editing.remove(current_user.id, source_id, with_stories="with_stories" in request.form)
    db.session.commit()
    media.delete_objects(open_storage(), pruned.keys)
    gone = "1 story" if pruned.count == 1 else f"{pruned.count:,} stories"
    words = f" {gone} of it went too." if pruned.count else " Its stories stay."
    flash(f"You no longer follow it.{words}", "success")
    return redirect(url_for("sources.index"), 303)


def _done(source_id: UUID, change: "editing.Change", words: str = "") -> Response:
    change(current_user.id, source_id)
    db.session.commit()
    if words:
        flash(words, "success")
    if "list" in request.form:
        return redirect(url_for("sources.index"), 303)
    return redirect(url_for("sources.show", source_id=source_id), 303)
