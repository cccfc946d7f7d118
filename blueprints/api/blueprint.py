"""The door for programs: a bearer token with the scope that the address asks for, and no cookie."""

import hashlib
from collections.abc import Mapping

from flask import Blueprint, g, request
from flask_limiter.util import get_remote_address
from werkzeug.wrappers import Response

import scope
from blueprints.api.description import needed_for
from errors import AppError, LimitReached
from errors import show as show_failure
from extensions import csrf, db, limiter
from models import TokenScope
from queries.api_tokens import Bearer
from services import api_tokens, plans

OPEN = {"api.description"}
"""Endpoints that anybody may ask."""
RATE = "900 per minute"
REALM = 'Bearer realm="earshot"'

bp = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(bp)


class NotSignedIn(AppError):
    """There is no token that lets anybody in."""

    status = 401
    code = "no_token"

    def __init__(self, *, sent: bool) -> None:
        super().__init__(
            "This token is unknown, revoked or too old. Make another one on your account page."
            if sent
            else "Send a token that you made on your account page: Authorization: Bearer …"
        )
        if sent:
            self.code = "invalid_token"
        challenge = f'{REALM}, error="invalid_token"' if sent else REALM
        self.headers: Mapping[str, str] = {"WWW-Authenticate": challenge}


class NotInScope(AppError):
    """The token is good, but not for this."""

    status = 403
    code = "insufficient_scope"

    def __init__(self, needed: TokenScope) -> None:
        super().__init__(f"This token lacks the scope {needed}. Make another one that has it.")
        challenge = f'{REALM}, error="insufficient_scope", scope="{needed}"'
        self.headers: Mapping[str, str] = {"WWW-Authenticate": challenge}


def who_asks() -> str:
    """Name who asks, for the rate: a token, or the address of who has none."""
    sent = request.headers.get("Authorization", "")
    return hashlib.sha256(sent.encode()).hexdigest() if sent else str(get_remote_address())


limiter.limit(RATE, key_func=who_asks)(bp)


@bp.before_request
def let_in() -> None:
    """Find out whose token it is, spend one call of theirs, and act for them from here on."""
    if request.endpoint in OPEN:
        return
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if kind.lower() != "bearer" or not secret:
        raise NotSignedIn(sent=False)
    scope.enter(scope.ACCOUNTS)
    found = api_tokens.look_up(secret)
    if found is None:
        raise NotSignedIn(sent=True)
    scope.enter(scope.READER, found.user_id)
    g.bearer = found
    needed = needed_for(request.endpoint)
    if needed not in found.scopes:
        db.session.commit()
        raise NotInScope(needed)
    # In a transaction of its own, so that one reader's requests don't wait for each other.
    plans.spend_api_call(found.user_id)
    db.session.commit()


@bp.errorhandler(LimitReached)
def limit_reached(error: LimitReached) -> Response:
    """Say how much of what ran out is left."""
    db.session.rollback()
    if error.of:
        error.left = plans.allowance_of(bearer().user_id).of(error.of).left
    return show_failure(error.status, str(error), "Your plan allows no more", error=error)


def bearer() -> Bearer:
    """Return who sent the token of this request."""
    found: Bearer = g.bearer
    return found
