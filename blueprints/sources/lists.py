"""Taking sources along: lists in OPML, in and out."""

from flask import Response as FlaskResponse
from flask import render_template, request
from flask_login import current_user, login_required

from blueprints.sources.adding import Answer
from blueprints.sources.views import bp
from errors import AppError, InvalidInput
from extensions import db
from queries import sources as source_queries
from services.sources import opml
from services.sources.opml import Listed


@bp.get("/import")
@login_required
def choose_list() -> str:
    """Show the form."""
    return render_template("sources/import.html", errors=[])


@bp.post("/import")
@login_required
def import_list() -> Answer:
    """Follow every feed of the lists, and say of each what became of it."""
    try:
        listed = _listed()
        result = opml.follow(current_user.id, listed)
    except AppError as error:
        db.session.rollback()
        return render_template("sources/import.html", errors=[str(error)]), 422
    db.session.commit()
    return render_template("sources/imported.html", result=result, total=len(listed))


@bp.get("/export.opml")
@login_required
def export_list() -> FlaskResponse:
    """Send the reader's sources as a list that other readers take."""
    body = opml.write(source_queries.sources_of(current_user.id))
    answer = FlaskResponse(body, mimetype="text/x-opml")
    answer.headers["Content-Disposition"] = 'attachment; filename="earshot-sources.opml"'
    return answer


def _listed() -> list[Listed]:
    sent = [one for one in request.files.getlist("files") if one.filename]
    if not sent:
        raise InvalidInput("Choose an OPML file.")
    return [one for file in sent for one in opml.read(file.stream.read(opml.LARGEST + 1))]
