"""Signing in and out, and registering."""

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

import scope
from blueprints import access
from blueprints.accounts import limits, sessions
from blueprints.accounts.blueprint import bp, show_form
from blueprints.accounts.forms import RegisterForm, SignInForm
from config import settings
from errors import AppError, InvalidInput
from extensions import db
from queries import accounts as account_queries
from queries.accounts import Account
from services import accounts, registration, throttle
from services.accounts import EmailTaken
from services.registration import Door


@bp.route("/login", methods=["GET", "POST"])
def sign_in() -> Response:
    """Ask who is there; the very first visitor is shown to the first account instead."""
    back = access.safe_path(request.values.get("next")) or url_for("dashboard.index")
    if current_user.is_authenticated:
        return access.go(back)
    scope.enter(scope.ACCOUNTS)
    form = SignInForm()
    error = None
    if form.validate_on_submit():
        try:
            account = _credentials(form.email.data or "", form.password.data or "")
        except AppError as refusal:
            error = refusal
        else:
            sessions.start(account, remember=bool(form.remember.data))
            return access.go(back)
    elif not account_queries.anybody():
        return redirect(url_for("accounts.register"))
    form.next.data = back
    return show_form("accounts/sign_in.html", form, error, registration=settings().registration)


@bp.route("/register", methods=["GET", "POST"])
def register() -> Response:
    """Offer an account as `registration` allows; the first one is the admin's."""
    if current_user.is_authenticated:
        return redirect(url_for("dashboard.index"))
    scope.enter(scope.ACCOUNTS)
    form = RegisterForm()
    form.invite.data = request.values.get("invite", "")
    door = registration.door(settings().registration, form.invite.data)
    if not door.is_open:
        return _closed(door)
    if door.email:
        form.email.data = door.email
    error = None
    if form.validate_on_submit():
        try:
            account = _new_account(form)
        except AppError as refusal:
            error = refusal
            db.session.rollback()
            door = registration.door(settings().registration, form.invite.data)
            if not door.is_open:
                return _closed(door)
        else:
            sessions.start(account)
            flash("Your account is ready.", "success")
            return access.go(url_for("dashboard.index"))
    form.first.data = "1" if door.entrance == "first" else ""
    return show_form("accounts/register.html", form, error, door=door)


@bp.route("/logout", methods=["GET", "POST"])
def sign_out() -> Response | str:
    """End this session; a link to here gets a page with the button."""
    if request.method != "POST" and current_user.is_authenticated:
        return render_template("accounts/sign_out.html")
    sessions.end()
    return access.go(url_for("accounts.sign_in"))


def _credentials(email: str, password: str) -> Account:
    """Count the try, then return the account that was opened."""
    address, client = limits.sign_in(email)
    throttle.spend(address, client)
    db.session.commit()
    account = accounts.authenticate(email, password)
    throttle.clear(address)
    throttle.give_back(client)
    throttle.sweep()
    db.session.commit()
    return account


def _new_account(form: RegisterForm) -> Account:
    """Make the account; only tries at addresses that are taken stay counted."""
    counter = limits.taken_addresses()
    throttle.spend(counter)
    db.session.commit()
    try:
        account = registration.register(
            form.email.data or "",
            form.password.data or "",
            mode=settings().registration,
            invitation=form.invite.data or None,
            first=bool(form.first.data),
        )
    except (EmailTaken, InvalidInput) as error:
        form.email.errors = [str(error)]
        raise
    throttle.give_back(counter)
    db.session.commit()
    return account


def _closed(door: Door) -> Response:
    page = render_template("accounts/closed.html", door=door)
    return Response(page, 403 if request.method == "POST" else 200, mimetype="text/html")
