"""A new password by a mailed link."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

import scope
from blueprints import access
from blueprints.accounts import limits, sessions
from blueprints.accounts.blueprint import bp, show_form
from blueprints.accounts.forms import ForgotForm, ResetForm
from config import settings
from errors import InvalidInput, TooMany
from extensions import db
from models.accounts import TokenPurpose
from services import account_tokens, accounts, mail, throttle


@bp.route("/forgot", methods=["GET", "POST"])
def forgot() -> Response:
    """Mail a link for a new password; the answer is the same whether there is an account."""
    scope.enter(scope.ACCOUNTS)
    form = ForgotForm()
    error = None
    if form.validate_on_submit():
        try:
            _send_link(accounts.check_email(form.email.data or ""))
        except TooMany as refusal:
            error = refusal
        else:
            return redirect(url_for("accounts.forgot", sent=1), 303)
    return show_form(
        "accounts/forgot.html",
        form,
        error,
        sent="sent" in request.args and request.method == "GET",
        mailed=settings().smtp_url is not None,
    )


@bp.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> Response:
    """Let whoever holds the link set a new password; opening the page does not use it up."""
    scope.enter(scope.ACCOUNTS)
    link = account_tokens.look_at(TokenPurpose.RESET, token)
    form = ResetForm()
    form.account_email = link.email
    error = None
    if form.validate_on_submit():
        try:
            account = accounts.reset_password(token, form.password.data or "")
        except InvalidInput as refusal:
            error = refusal
        else:
            throttle.clear(limits.sign_in(account.email)[0])
            db.session.commit()
            sessions.end()
            flash("Your new password is set. Sign in with it.", "success")
            return access.go(url_for("accounts.sign_in"))
    return show_form("accounts/reset.html", form, error, email=link.email)


def _send_link(email: str) -> None:
    throttle.spend(*limits.links(email))
    secret, address = account_tokens.issue_reset(email)
    db.session.commit()
    letter = mail.reset_letter(address or email, secret)
    mail.post(letter if address else None)
