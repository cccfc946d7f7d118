"""Deleting one's own account, with the password, after reading what goes."""

from flask import flash, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import scope
from blueprints import access
from blueprints.accounts import limits, sessions
from blueprints.accounts.blueprint import bp, show_form
from blueprints.accounts.forms import DeleteAccountForm
from errors import AppError
from extensions import db
from queries.holdings import holdings_of
from queries.people import is_last_admin
from services import account_deletion, accounts, throttle
from services.account_deletion import Deleted
from services.accounts import WrongPassword


@bp.get("/account/delete")
@login_required
def confirm_delete() -> Response:
    """Say what would go, without touching any of it."""
    return _page(DeleteAccountForm(formdata=None))


@bp.post("/account/delete")
@login_required
def delete_account() -> Response:
    """Delete the account of who knows its password, for good; then remove the files."""
    form = DeleteAccountForm()
    if not form.validate():
        return _page(form)
    try:
        deleted = _delete(form)
    except AppError as error:
        db.session.rollback()
        return _page(form, error)
    account_deletion.discard(deleted)
    sessions.end()
    flash("Your account is deleted, with everything in it.", "success")
    return access.go(url_for("accounts.sign_in"))


def _delete(form: DeleteAccountForm) -> Deleted:
    """Count the try at the password, then delete as the reader themselves."""
    user_id, myself = current_user.id, access.person()
    scope.enter(scope.ACCOUNTS)
    address, client = limits.sign_in(myself.email)
    throttle.spend(address, client)
    db.session.commit()
    try:
        accounts.confirm_password(user_id, form.password.data or "")
    except WrongPassword as error:
        form.password.errors = [str(error)]
        raise
    throttle.clear(address)
    throttle.give_back(client)
    db.session.commit()
    scope.enter(scope.READER, user_id)
    deleted = account_deletion.delete(user_id, by=myself)
    db.session.commit()
    return deleted


def _page(form: DeleteAccountForm, error: AppError | None = None) -> Response:
    with scope.acting(scope.ACCOUNTS):
        last_admin = is_last_admin(current_user.id)
    scope.enter(scope.READER, current_user.id)
    return show_form(
        "accounts/delete.html",
        form,
        error,
        holdings=holdings_of(current_user.id),
        last_admin=last_admin,
    )
