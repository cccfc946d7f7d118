"""Pages that show subscriptions."""

from collections.abc import Iterator
from uuid import UUID

from flask import abort, render_template
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.exporting import stream_csv
from blueprints.subscriptions.blueprint import acting, bp
from blueprints.subscriptions.detail import detail
from blueprints.subscriptions.filters import table_view, wanted
from extensions import db
from queries import subscriptions as subscription_queries
from queries.subscriptions import SubscriptionRow
from services import audit, plans

PAGE = 50
COLUMNS = ("id", "email", "plan", "status", "state", "start_date", "end_date", "created_at")

Answer = Response | str


@bp.get("/")
@login_required
def index() -> Answer:
    """Show everyone's subscriptions to admins, and readers their own."""
    return _everyones() if current_user.is_admin else _own()


@bp.get("/mine")
@login_required
def mine() -> str:
    """Show anybody their own, admins too."""
    return _own()


@bp.get("/<uuid:subscription_id>")
@admin_required
def show(subscription_id: UUID) -> str:
    """Show one subscription, what can be done to it, and what was."""
    return detail(subscription_queries.find(subscription_id) or abort(404))


@bp.get("/export.csv")
@admin_required
def export() -> Response:
    """Send exactly what is filtered, in its order, as a CSV file."""
    view = table_view()
    filters = wanted(view)
    count = subscription_queries.overview(filters).matching
    audit.record(
        "subscription.exported",
        actor=acting(),
        object_type="subscription",
        after={"count": count, "filters": view.kept},
    )
    db.session.commit()
    rows = subscription_queries.stream(filters, view.order)
    return stream_csv("subscriptions.csv", COLUMNS, _cells(rows))


@admin_required
def _everyones() -> Response:
    view = table_view()
    filters = wanted(view)
    rows, further = subscription_queries.list_page(filters, view.order, view.after, PAGE)
    return view.answer(
        "subscriptions",
        rows=rows,
        next_page=further,
        overview=subscription_queries.overview(filters),
    )


def _own() -> str:
    rows = subscription_queries.all_of(current_user.id)
    present = next((row for row in rows if row.in_force), None)
    return render_template(
        "subscriptions/own.html",
        present=present,
        others=[row for row in rows if row is not present],
        allowance=plans.allowance_of(current_user.id),
    )


def _cells(rows: Iterator[SubscriptionRow]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.id,
            row.email,
            row.plan.value,
            row.status.value,
            row.state.value,
            row.start_date.isoformat(),
            row.end_date.isoformat() if row.end_date else None,
            row.created_at.isoformat(),
        )
