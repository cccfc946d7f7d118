"""Subscriptions from a file: sent, looked at, then applied."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.exporting import stream_csv
from blueprints.subscriptions.blueprint import acting, bp
from errors import AppError, InvalidInput
from extensions import db
from services import subscription_imports
from services.subscription_files import LARGEST, MOST_LINES

SHOWN = 100

Answer = Response | str | tuple[str, int]


@bp.get("/import")
@admin_required
def choose() -> str:
    """Say what a file looks like, and take one."""
    return _choose()


@bp.post("/import")
@admin_required
def upload() -> Answer:
    """Keep a file and show what it would do; a broken one is refused as a whole."""
    file = request.files.get("files")
    try:
        if file is None or not file.filename:
            raise InvalidInput("Choose a CSV file.")
        data = file.stream.read(LARGEST + 1)
        zone = request.cookies.get("tz", "")[:64]
        key = subscription_imports.keep(acting(), file.filename, data, zone)
        db.session.commit()
    except InvalidInput as error:
        db.session.rollback()
        return _choose(error), 422
    return redirect(url_for("subscriptions.look", import_id=key), 303)


@bp.get("/import/<uuid:import_id>")
@admin_required
def look(import_id: UUID) -> str:
    """Show what a file would do, or what it did."""
    examined = subscription_imports.examine(acting(), import_id)
    return render_template("subscriptions/import.html", examined=examined, shown=SHOWN)


@bp.post("/import/<uuid:import_id>")
@admin_required
def apply_import(import_id: UUID) -> Answer:
    """Store every line that is right."""
    try:
        counts = subscription_imports.apply(acting(), import_id)
        db.session.commit()
    except AppError as error:
        if error.status != 409:
            raise
        db.session.rollback()
        flash(str(error), "error")
    else:
        done = counts["new"] + counts["changed"]
        flash(f"Imported {done:,} {'subscription' if done == 1 else 'subscriptions'}.", "success")
    return redirect(url_for("subscriptions.look", import_id=import_id), 303)


@bp.get("/import/<uuid:import_id>/errors.csv")
@admin_required
def errors_csv(import_id: UUID) -> Response:
    """Send the lines that can't be taken, each with why, to be mended and sent again."""
    examined = subscription_imports.examine(acting(), import_id)
    width = len(examined.header)
    rows = [
        [*(outcome.line.cells + [""] * width)[:width], outcome.error] for outcome in examined.wrong
    ]
    return stream_csv("subscriptions-errors.csv", [*examined.header, "error"], rows)


def _choose(problem: AppError | None = None) -> str:
    return render_template(
        "subscriptions/choose.html",
        problem=problem,
        largest=LARGEST // 1024 // 1024,
        most_lines=MOST_LINES,
    )
