"""Pages that show sources."""

from uuid import UUID

from flask import Blueprint, abort, render_template
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.rendering import page_or_fragment
from queries import sources as source_queries

bp = Blueprint("sources", __name__, url_prefix="/sources")


@bp.get("/")
@login_required
def index() -> Response:
    """Show what the reader follows, or only the rows while some are being visited."""
    rows = source_queries.sources_of(current_user.id)
    return page_or_fragment("sources/index.html", "sources/_rows.html", rows=rows)


@bp.get("/<uuid:source_id>")
@login_required
def show(source_id: UUID) -> Response:
    """Show one source with its newest stories, or only how it is while it is visited."""
    source = source_queries.find_source(current_user.id, source_id) or abort(404)
    return page_or_fragment(
        "sources/show.html",
        "sources/_source.html",
        source=source,
        stories=source_queries.stories_of(current_user.id, source_id),
        unread=source_queries.unread_of(current_user.id, source_id),
    )


@bp.get("/<uuid:source_id>/delete")
@login_required
def confirm_delete(source_id: UUID) -> str:
    """Ask before a source is no longer followed."""
    source = source_queries.find_source(current_user.id, source_id) or abort(404)
    return render_template("sources/delete.html", source=source)
