"""One's own account: password, sessions and the look."""

import json

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import scope
from blueprints import access
from blueprints.accounts import limits, sessions
from blueprints.accounts.blueprint import bp, show_form
from blueprints.accounts.forms import ChangePasswordForm
from config import settings
from errors import AppError
from extensions import db
from models import ArchiveKind
from presentation import THEMES
from queries import accounts as account_queries
from queries import archives
from queries.api_tokens import count_working
from services import accounts, people, plans, throttle
from services.accounts import WrongPassword

_YEAR = 365 * 24 * 3600


@bp.get("/account")
@login_required
def account() -> Response:
    """Show who is signed in and what they can change."""
    return _page(ChangePasswordForm())


@bp.post("/account/password")
@login_required
def change_password() -> Response:
    """Set a new password and end every other session."""
    form = ChangePasswordForm()
    if not form.validate():
        return _page(form)
    scope.enter(scope.ACCOUNTS)
    try:
        epoch = _change(form)
    except AppError as error:
        db.session.rollback()
        scope.enter(scope.READER, current_user.id)
        return _page(form, error)
    sessions.renew(current_user, epoch)
    flash("Your password is changed. Every other device is signed out.", "success")
    return redirect(url_for("accounts.account"), 303)


@bp.get("/account/password")
@login_required
def password() -> Response:
    """Lead to the page of the form, for who reloads after it was refused."""
    return redirect(url_for("accounts.account"))


@bp.post("/account/sign-out-everywhere")
@login_required
def sign_out_everywhere() -> Response:
    """End every session but this one."""
    scope.enter(scope.ACCOUNTS)
    _, epoch = people.sign_out(current_user.id, by=access.person())
    db.session.commit()
    sessions.renew(current_user, epoch)
    flash("Every other device is signed out.", "success")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/theme")
def theme() -> Response:
    """Keep the look for this browser."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        abort(422)
    if request.headers.get("HX-Request"):
        response = Response(status=204)
    else:
        back = access.safe_path(request.form.get("next")) or url_for("dashboard.index")
        response = redirect(back, 303)
    secure = settings().public_url.startswith("https://")
    response.set_cookie("theme", chosen, max_age=_YEAR, samesite="Lax", secure=secure)
    return response


def _change(form: ChangePasswordForm) -> int:
    """Count the try, then change the password and return the new epoch."""
    address, client = limits.sign_in(current_user.email)
    throttle.spend(address, client)
    db.session.commit()
    try:
        epoch = accounts.change_password(
            current_user.id, form.current_password.data or "", form.new_password.data or ""
        )
    except WrongPassword as error:
        form.current_password.errors = [str(error)]
        raise
    throttle.clear(address)
    throttle.give_back(client)
    db.session.commit()
    return epoch


def _page(form: ChangePasswordForm, error: AppError | None = None) -> Response:
    profile = account_queries.find_profile(current_user.id) or abort(404)
    return show_form(
        "accounts/account.html",
        form,
        error,
        profile=profile,
        registration=settings().registration,
        mailed=settings().smtp_url is not None,
        allowance=plans.allowance_of(current_user.id),
        export=archives.latest(current_user.id, ArchiveKind.EXPORT),
        bookmarklet=_bookmarklet(),
        tokens=count_working(current_user.id),
    )


def _bookmarklet() -> str:
    """Return a bookmark that brings whichever page is open to the form that keeps it."""
    form = settings().public_url + url_for("news.save_page")
    return f"javascript:location.href={json.dumps(form)}+'?url='+encodeURIComponent(location.href)"
