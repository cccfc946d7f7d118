"""The statistics of everybody, for admins; a reader finds their own year at the same address."""

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.exporting import stream_csv
from blueprints.rendering import wants_fragment
from blueprints.tables import Filter, TableView
from blueprints.usage.blueprint import bp
from blueprints.usage.own import own_page
from extensions import db
from models import Plan
from models.subscriptions import SubscriptionState
from queries import statistics as statistics_queries
from queries.statistics import SORTING, Filters
from services import audit

PLANS = {plan.value: plan.value.capitalize() for plan in Plan}
STATES = {"active": "Active", "expired": "Expired by date", "scheduled": "Scheduled"}
"""What can be true of a subscription whose stored status is active."""
FILTERS = (Filter("plan", "Plan", PLANS), Filter("state", "State", STATES))
COLUMNS = ("email", "total_news", "total_media", "subscription_plan")
"""Exactly those of the document's query."""


@bp.get("/")
@login_required
def index() -> Response | str:
    """Show everybody's statistics to an admin, and their own year to a reader."""
    page: Callable[[], Any] = admin_required(_everybody) if current_user.is_admin else own_page
    answer: Response | str = page()
    return answer


def _everybody() -> str:
    view = TableView(FILTERS, SORTING)
    filters = _filters(view)
    rows, next_page = statistics_queries.statistics(filters, view.order, view.after)
    context: dict[str, Any] = {"view": view, "rows": rows, "next_page": next_page}
    if wants_fragment() and request.headers.get("X-Rows"):
        return render_template("usage/_rows.html", **context)
    context["sums"] = statistics_queries.sums(filters)
    if wants_fragment():
        return render_template("usage/_table.html", **context)
    context["without_active"] = statistics_queries.without_active()
    return render_template("usage/index.html", **context)


@bp.get("/statistics.csv")
@admin_required
def statistics_csv() -> Response:
    """Send what is filtered, with the columns of the document's query; the log notes it."""
    view = TableView(FILTERS, SORTING)
    filters = _filters(view)
    count = statistics_queries.sums(filters).people
    audit.record(
        "usage.exported",
        actor=audit.Person(current_user.id, current_user.email),
        object_type="usage",
        after={"file": "statistics.csv", "rows": count} | view.kept,
    )
    db.session.commit()
    return stream_csv("statistics.csv", COLUMNS, statistics_queries.everybody(filters, view.order))


def _filters(view: TableView) -> Filters:
    plan, state = view["plan"], view["state"]
    return Filters(
        view.search,
        Plan(plan) if plan else None,
        SubscriptionState(state) if state else None,
    )
