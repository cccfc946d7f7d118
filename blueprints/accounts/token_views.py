"""API tokens: made with a name and scopes, shown once, listed with their last use, revoked."""

from datetime import timedelta
from uuid import UUID

from flask import flash, make_response, redirect, render_template, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.access import person
from blueprints.accounts.blueprint import bp
from blueprints.accounts.forms import TokenForm
from config import settings
from errors import InvalidInput
from extensions import db
from queries.api_tokens import tokens_of
from services import api_tokens


@bp.get("/account/tokens")
@login_required
def tokens() -> Response:
    """List the tokens, beside the form for another."""
    return _page(TokenForm(formdata=None))


@bp.post("/account/tokens")
@login_required
def make_token() -> Response:
    """Make a token. Its secret stands on this answer and nowhere else, so nothing is redirected."""
    form = TokenForm()
    if not form.validate():
        return _page(form)
    days = int(form.lasts.data)
    try:
        secret = api_tokens.create(
            current_user.id,
            form.name.data or "",
            form.scopes.data or [],
            timedelta(days=days) if days else None,
            by=person(),
        )
    except InvalidInput as error:
        db.session.rollback()
        form.form_errors.append(str(error))
        return _page(form)
    db.session.commit()
    return _page(TokenForm(formdata=None), secret, form.name.data or "")


@bp.post("/account/tokens/<uuid:token_id>/revoke")
@login_required
def revoke_token(token_id: UUID) -> Response:
    """Let a token work no more."""
    name = api_tokens.revoke(current_user.id, token_id, by=person())
    db.session.commit()
    flash(f"“{name}” works no more.", "success")
    return redirect(url_for("accounts.tokens"), 303)


def _page(form: TokenForm, secret: str = "", name: str = "") -> Response:
    page = render_template(
        "accounts/tokens.html",
        form=form,
        tokens=tokens_of(current_user.id),
        secret=secret,
        name=name,
        api=f"{settings().public_url}/api/v1",
    )
    return make_response(page, 422 if form.errors else 200)
