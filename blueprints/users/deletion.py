"""Deleting somebody with everything they own, after saying what that is."""

from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.access import admin_required, person
from blueprints.users.blueprint import bp
from blueprints.users.forms import DeleteForm
from errors import Conflict, InvalidInput, NotAllowed
from extensions import db
from queries.holdings import holdings_of
from queries.people import find_person, is_last_admin
from services import account_deletion


@bp.get("/<uuid:user_id>/delete")
@admin_required
def confirm_delete(user_id: UUID) -> Response:
    """Say what would go, without touching any of it."""
    return _page(user_id, DeleteForm(formdata=None))


@bp.post("/<uuid:user_id>/delete")
@admin_required
def delete(user_id: UUID) -> Response:
    """Delete the account for good, if its address was typed; then remove the files."""
    form = DeleteForm()
    try:
        deleted = account_deletion.delete(user_id, by=person(), typed=form.email.data or "")
    except InvalidInput as error:
        form.email.errors = [str(error)]
        return _page(user_id, form)
    except (Conflict, NotAllowed) as error:
        db.session.rollback()
        return _page(user_id, form, str(error))
    db.session.commit()
    left = account_deletion.discard(deleted)
    rest = f" {left:,} files are still being removed." if left else ""
    flash(f"{deleted.email} is deleted, with everything in the account.{rest}", "success")
    return redirect(url_for("users.index"), 303)


def _page(user_id: UUID, form: DeleteForm, problem: str | None = None) -> Response:
    details = find_person(user_id) or abort(404)
    page = render_template(
        "users/delete.html",
        person=details.person,
        holdings=holdings_of(user_id),
        form=form,
        problem=problem,
        myself=user_id == current_user.id,
        last_admin=is_last_admin(user_id),
    )
    return make_response(page, 422 if problem or form.errors else 200)
