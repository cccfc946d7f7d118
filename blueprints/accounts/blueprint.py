"""What the views of accounts share: the blueprint, and how a form is refused."""

from flask import Blueprint, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from blueprints import access
from blueprints.fields import Form
from errors import AppError, TooMany
from extensions import db
from models.accounts import TokenPurpose
from services.account_tokens import LinkDead

bp = Blueprint("accounts", __name__)
bp.app_errorhandler(CSRFError)(access.csrf_refused)
bp.before_app_request(access.keep_methods_apart)


def show_form(
    template: str, form: Form, error: AppError | None = None, **context: object
) -> Response:
    """Render a form: as asked for, or refused (422, or what `error` says) with the reasons."""
    if error:
        db.session.rollback()
        status = 422 if error.status in {403, 409} else error.status
        if not form.errors:
            form.form_errors.append(str(error))
    else:
        status = 422 if form.errors else 200
    response = make_response(render_template(template, form=form, **context), status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return keep_secret(response)


def keep_secret(response: Response) -> Response:
    """Tell the browser to name pages with a secret in their address to nobody."""
    if "invite" in request.args or (request.view_args and "token" in request.view_args):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.errorhandler(LinkDead)
def dead_link(error: LinkDead) -> Response:
    """Say that a mailed link no longer works, and how to get another."""
    db.session.rollback()
    page = render_template(
        "accounts/dead_link.html", message=str(error), reset=error.purpose == TokenPurpose.RESET
    )
    return keep_secret(make_response(page, error.status))
