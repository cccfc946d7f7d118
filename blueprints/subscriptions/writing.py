"""Pages that make, change and end subscriptions."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.access import admin_required
from blueprints.subscriptions.blueprint import acting, bp
from blueprints.subscriptions.detail import FORMS, detail
from blueprints.subscriptions.forms import EditForm, NewForm, ReasonForm
from errors import AppError
from extensions import db
from presentation import reader_zone
from queries import subscriptions as subscription_queries
from queries.subscriptions import SubscriptionRow
from services import clock, subscriptions
from services.subscription_rules import Act, Resume
from services.subscription_writing import AlreadyActive

Answer = Response | str | tuple[str, int]

DONE = {
    "extend": "Extended.",
    "cancel": "Cancelled.",
    "resume": "It goes on.",
    "plan": "The plan is changed.",
}


@bp.get("/new")
@admin_required
def create() -> str:
    """Show the empty form, for somebody if the address names them."""
    form = NewForm()
    form.email.data = request.args.get("email", "")
    form.start_date.data = clock.to_local(clock.now(), reader_zone()).date().isoformat()
    return _new(form)


@bp.post("/new")
@admin_required
def save_new() -> Answer:
    """Give somebody a subscription."""
    form = NewForm()
    if not form.validate():
        return _new(form), 422
    try:
        key = subscriptions.create(
            acting(),
            form.draft(),
            end_present=form.end_present.data,
            reason=form.reason.data or "",
        )
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        return _new(form, error), 422
    flash("Subscription saved.", "success")
    return redirect(url_for("subscriptions.show", subscription_id=key), 303)


@bp.get("/<uuid:subscription_id>/edit")
@admin_required
def edit(subscription_id: UUID) -> str:
    """Show the form with the subscription in it."""
    row = _found(subscription_id)
    form = EditForm()
    form.fill(row)
    return _edit(form, row)


@bp.post("/<uuid:subscription_id>/edit")
@admin_required
def save(subscription_id: UUID) -> Answer:
    """Store what was corrected."""
    row = _found(subscription_id)
    form = EditForm()
    form.know(row)
    if not form.validate():
        return _edit(form, row), 422
    try:
        key = subscriptions.edit(
            acting(), subscription_id, form.terms(), form.seen(), form.reason.data or ""
        )
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        if isinstance(error, subscriptions.Overtaken):
            form.version.data = row.updated_at.isoformat()
        return _edit(form, row, error), 422
    flash("Subscription saved.", "success")
    return redirect(url_for("subscriptions.show", subscription_id=key), 303)


@bp.get("/<uuid:subscription_id>/cancel")
@admin_required
def ask_cancel(subscription_id: UUID) -> str:
    """Show the page with the question open."""
    return detail(_found(subscription_id), "cancel", FORMS["cancel"](formdata=None))


@bp.post("/<uuid:subscription_id>/cancel")
@admin_required
def cancel(subscription_id: UUID) -> Answer:
    """End it now, at its end, or at the end of the month."""
    return _do("cancel", subscription_id)


@bp.post("/<uuid:subscription_id>/extend")
@admin_required
def extend(subscription_id: UUID) -> Answer:
    """Let it end later."""
    return _do("extend", subscription_id)


@bp.post("/<uuid:subscription_id>/plan")
@admin_required
def change_plan(subscription_id: UUID) -> Answer:
    """Move it to another plan."""
    return _do("plan", subscription_id)


@bp.post("/<uuid:subscription_id>/resume")
@admin_required
def resume(subscription_id: UUID) -> Answer:
    """Let a cancelled one go on."""
    return _do("resume", subscription_id)


def _do(name: str, subscription_id: UUID) -> Answer:
    row = _found(subscription_id)
    form = FORMS[name]()
    if not form.validate():
        return detail(row, name, form), 422
    try:
        key = subscriptions.act(acting(), row.id, _act(form), form.reason.data or "")
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        return detail(_found(subscription_id), name, form, error), error.status
    flash(DONE[name], "success")
    return redirect(url_for("subscriptions.show", subscription_id=key), 303)


def _act(form: ReasonForm) -> Act:
    make = getattr(form, "act", Resume)
    what: Act = make()
    return what


def _found(subscription_id: UUID) -> SubscriptionRow:
    return subscription_queries.find(subscription_id) or abort(404)


def _new(form: NewForm, problem: AppError | None = None) -> str:
    if isinstance(problem, subscriptions.UnknownPerson):
        form.email.errors = [*form.email.errors, str(problem)]
    elif isinstance(problem, subscriptions.BadDates):
        form.end_date.errors = [*form.end_date.errors, str(problem)]
    elif problem and not isinstance(problem, AlreadyActive):
        form.form_errors.append(str(problem))
    taken = problem if isinstance(problem, AlreadyActive) else None
    return render_template("subscriptions/new.html", form=form, taken=taken)


def _edit(form: EditForm, row: SubscriptionRow, problem: AppError | None = None) -> str:
    if isinstance(problem, subscriptions.BadDates):
        form.end_date.errors = [*form.end_date.errors, str(problem)]
    elif problem:
        form.form_errors.append(str(problem))
    return render_template("subscriptions/edit.html", form=form, row=row)
