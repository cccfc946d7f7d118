"""What an admin does to one account; each address does one thing."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.access import admin_required, person
from blueprints.users.blueprint import bp, hand_over, show_person
from blueprints.users.forms import SuspendForm
from errors import AppError, Conflict, InvalidInput, NotAllowed
from extensions import db
from models import Role
from services import mail, people


@bp.post("/<uuid:user_id>/promote")
@admin_required
def promote(user_id: UUID) -> Response:
    """Make somebody an admin."""
    return _do(user_id, lambda: _role(user_id, Role.ADMIN, "is an admin now"))


@bp.post("/<uuid:user_id>/demote")
@admin_required
def demote(user_id: UUID) -> Response:
    """Make an admin a reader; who steps down themselves says so with `sure`."""
    return _do(user_id, lambda: _role(user_id, Role.READER, "is a reader now"))


@bp.post("/<uuid:user_id>/suspend")
@admin_required
def suspend(user_id: UUID) -> Response:
    """Sign somebody out for good, until they are restored."""
    form = SuspendForm()
    if not form.validate():
        return show_person(user_id, form)

    def act() -> str:
        email = people.suspend(user_id, reason=form.reason.data or "", by=person())
        return f"{email} is suspended and signed out everywhere."

    return _do(user_id, act)


@bp.post("/<uuid:user_id>/restore")
@admin_required
def restore(user_id: UUID) -> Response:
    """Let somebody in again."""
    return _do(user_id, lambda: f"{people.restore(user_id, by=person())} may sign in again.")


@bp.post("/<uuid:user_id>/sign-out")
@admin_required
def sign_out(user_id: UUID) -> Response:
    """End every session of somebody."""

    def act() -> str:
        email, _ = people.sign_out(user_id, by=person())
        return f"{email} is signed out everywhere."

    return _do(user_id, act)


@bp.post("/<uuid:user_id>/reset-link")
@admin_required
def reset_link(user_id: UUID) -> Response:
    """Mail a link to set a new password, or show it once where no mail server is set."""
    try:
        email, secret = people.send_reset(user_id, by=person())
    except Conflict as error:
        return _refused(user_id, error)
    db.session.commit()
    hand_over(mail.reset_letter(email, secret), f"A link to set a new password goes to {email}.")
    return redirect(url_for("users.show", user_id=user_id), 303)


def _role(user_id: UUID, role: Role, words: str) -> str:
    sure = bool(request.form.get("sure"))
    return f"{people.set_role(user_id, role, by=person(), sure=sure)} {words}."


def _do(user_id: UUID, act: Callable[[], str]) -> Response:
    """Do it, commit and say so; or show the page again with what is in the way."""
    try:
        words = act()
    except (Conflict, NotAllowed, InvalidInput) as error:
        return _refused(user_id, error)
    db.session.commit()
    flash(words, "success")
    stepped_down = user_id == current_user.id and request.endpoint == "users.demote"
    address = (
        url_for("accounts.account") if stepped_down else url_for("users.show", user_id=user_id)
    )
    return redirect(address, 303)


def _refused(user_id: UUID, error: AppError) -> Response:
    db.session.rollback()
    return show_person(user_id, problem=str(error))
