"""One act on many subscriptions: asked in the table, confirmed on a page, then done."""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.subscriptions.blueprint import acting, bp
from blueprints.subscriptions.filters import table_view, wanted
from blueprints.subscriptions.forms import (
    MONTHS,
    PLANS,
    CancelForm,
    ExtendForm,
    PlanForm,
    ReasonForm,
)
from blueprints.tables import TableView
from errors import AppError, InvalidInput
from extensions import db
from models import Plan
from presentation import reader_zone
from services import subscription_bulk
from services.subscription_bulk import Report, Selection
from services.subscription_rules import Act, Cancel, CancelWhen, ChangePlan, Extend

Answer = Response | str | tuple[str, int]

FORMS: dict[str, type[ExtendForm] | type[CancelForm] | type[PlanForm]] = {
    "extend": ExtendForm,
    "cancel": CancelForm,
    "plan": PlanForm,
}
DONE = {"extend": "Extended", "cancel": "Cancelled", "plan": "Changed the plan of"}


@bp.get("/bulk")
@admin_required
def no_bulk() -> Response:
    """Send back whoever reloads the question without what was chosen."""
    return redirect(table_view().url("subscriptions.index"))


@bp.post("/bulk")
@admin_required
def ask_bulk() -> Answer:
    """Ask how, and say how many it would touch; nothing is changed yet."""
    name = request.form.get("act", "")
    if name not in FORMS:
        raise InvalidInput("Choose what to do with the rows.")
    selection = _selection(table_view())
    if not selection.count:
        flash("Tick the rows that you mean first.", "error")
        return redirect(table_view().url("subscriptions.index"), 303)
    return _question(name, FORMS[name](formdata=None), selection)


@bp.post("/bulk/apply")
@admin_required
def apply_bulk() -> Answer:
    """Do it, and say what was left alone and why."""
    name = request.form.get("act", "")
    if name not in FORMS:
        raise InvalidInput("Choose what to do with the rows.")
    view, form = table_view(), FORMS[name]()
    selection = _selection(view)
    if not form.validate():
        return _question(name, form, selection), 422
    try:
        report = subscription_bulk.apply(acting(), selection, form.act(), form.reason.data or "")
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        return _question(name, form, selection, error), error.status
    flash(_told(name, report), "success" if report.done else "error")
    return redirect(view.url("subscriptions.index"), 303)


def _question(
    name: str, form: ReasonForm, selection: Selection, problem: AppError | None = None
) -> str:
    view = table_view()
    try:
        reports = subscription_bulk.preview(selection, list(_options(name).values()))
    except subscription_bulk.Grown as error:
        reports, problem = [], problem or error
    return render_template(
        "subscriptions/bulk.html",
        name=name,
        form=form,
        selection=selection,
        reports=dict(zip(_options(name), reports, strict=False)),
        examples=subscription_bulk.examples(selection) if reports else [],
        problem=problem,
        view=view,
    )


def _options(name: str) -> dict[str, Act]:
    """Return what can be chosen for an act, each as the act that it would be."""
    where = reader_zone()
    if name == "extend":
        return {one.value: Extend(int(one.value), None, where) for one in MONTHS}
    if name == "plan":
        return {one.value: ChangePlan(Plan(one.value)) for one in PLANS}
    return {when.value: Cancel(when, where) for when in (CancelWhen.NOW, CancelWhen.MONTH_END)}


def _selection(view: TableView) -> Selection:
    """Return what was chosen in the table.

    Raises:
        InvalidInput: it does not say what was seen.
    """
    try:
        seen_at = datetime.fromisoformat(request.form.get("seen_at", ""))
        if seen_at.tzinfo is None:
            raise ValueError("a time without its zone")
        if request.form.get("everything"):
            count = int(request.form.get("seen_count", ""))
            return Selection(wanted(view, seen_at), seen_at, count)
        ids = tuple(dict.fromkeys(UUID(value) for value in request.form.getlist("ids")))
    except ValueError as error:
        raise InvalidInput("Go back to the list, reload it and choose again.") from error
    return Selection(wanted(view, seen_at), seen_at, len(ids), ids)


def _told(name: str, report: Report) -> str:
    some = "1 subscription" if report.done == 1 else f"{report.done:,} subscriptions"
    done = f"{DONE[name]} {some}." if report.done else "Nothing was changed."
    if not report.left:
        return done
    were = "1 was" if report.left == 1 else f"{report.left:,} were"
    return f"{done} {were} left alone: {report.reasons}."
