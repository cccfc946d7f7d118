"""The table of people, its export, and the page of each."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.access import admin_required, person
from blueprints.exporting import stream_csv
from blueprints.rendering import wants_fragment
from blueprints.tables import Filter, TableView
from blueprints.users.blueprint import bp, show_person
from extensions import db
from models import Plan
from queries import people as people_queries
from queries.invitations import count_open
from queries.people import AWAY, NEVER, SORTING, Person, Wanted
from services import audit, usage

FILTERS = (
    Filter("role", "Role", {"reader": "Readers", "admin": "Admins"}),
    Filter("plan", "Plan", {plan.value: plan.value.capitalize() for plan in Plan}),
    Filter("state", "State", {"active": "Active", "suspended": "Suspended"}),
    Filter(
        "seen",
        "Last seen",
        {
            "day": "Within a day",
            "week": "Within a week",
            "month": "Within 30 days",
            AWAY: "Not for 30 days",
            NEVER: "Never",
        },
    ),
)
COLUMNS = (
    "email",
    "role",
    "plan",
    "plan_state",
    "plan_ends",
    "last_seen",
    "storage_bytes",
    "stories",
    "characters_this_month",
    "joined",
    "suspended",
)


@bp.get("/")
@admin_required
def index() -> str:
    """Show everyone, as searched, filtered and sorted."""
    view = TableView(FILTERS, SORTING)
    wanted = _wanted(view)
    people, following = people_queries.list_people(wanted, view.order, view.after)
    context: dict[str, Any] = {"view": view, "people": people, "following": following}
    if wants_fragment() and request.headers.get("X-Rows"):
        return render_template("users/_rows.html", **context)
    context["total"] = people_queries.count_people(wanted)
    if wants_fragment():
        return render_template("users/_table.html", **context)
    context |= {"counts": people_queries.count_everyone(), "invited": count_open()}
    return render_template("users/index.html", **context)


@bp.get("/people.csv")
@admin_required
def export() -> Response:
    """Send exactly what is filtered, in the order of the table; the log notes it."""
    view = TableView(FILTERS, SORTING)
    wanted = _wanted(view)
    count = people_queries.count_people(wanted)
    audit.record(
        "user.exported", actor=person(), object_type="user", after={"rows": count} | view.kept
    )
    usage.record(current_user.id, "exported", count)
    db.session.commit()
    return stream_csv("people.csv", COLUMNS, _cells(wanted, view))


@bp.get("/<uuid:user_id>")
@admin_required
def show(user_id: UUID) -> Response:
    """Show who somebody is, what they hold and what happened, never what they read."""
    return show_person(user_id)


def _wanted(view: TableView) -> Wanted:
    return Wanted(view.search, view["role"], view["plan"], view["state"], view["seen"])


def _cells(wanted: Wanted, view: TableView) -> Iterator[tuple[object, ...]]:
    for one in people_queries.every_person(wanted, view.order):
        yield _cells_of(one)


def _cells_of(one: Person) -> tuple[object, ...]:
    times = (one.ends_at, one.last_seen_at, one.created_at, one.suspended_at)
    ends, seen, joined, suspended = (
        when.isoformat(timespec="seconds") if when else None for when in times
    )
    return (
        one.email,
        one.role.value,
        one.plan.value if one.plan else None,
        one.state.value if one.state else None,
        ends,
        seen,
        one.bytes,
        one.stories,
        one.characters,
        joined,
        suspended,
    )
