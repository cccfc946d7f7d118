"""The door for podcast apps, which know no sessions: a secret within the address opens it."""

from http import HTTPStatus

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound as NoSuchPage

import scope
from errors import AppError, NotFound, let_go
from extensions import db
from queries.podcasts import Listener
from services import podcasts, throttle
from services.throttle import Limit, client_name

WRONG = Limit("podcast-from", 300)
"""Addresses that open nothing, tried by one client."""
DEAD = "There is no podcast at this address."

bp = Blueprint("podcast_feed", __name__, url_prefix=f"{podcasts.LIVES}/<token>")


@bp.url_value_preprocessor
def take_token(_: str | None, values: dict[str, object] | None) -> None:
    """Keep the secret for the door; no view needs it."""
    g.podcast_token = str((values or {}).pop("token", ""))


@bp.before_request
def let_in() -> None:
    """Find out whose podcast it is, and act for them from here on."""
    scope.enter(scope.ACCOUNTS)
    found = podcasts.look_up(g.podcast_token)
    if found is None:
        throttle.spend(WRONG.of(client_name(request.remote_addr)))
        db.session.commit()
        raise NotFound(DEAD)
    scope.enter(scope.READER, found.user_id)
    g.listener = found


@bp.after_request
def add_headers(response: Response) -> Response:
    """Keep search engines away, and let apps that run in a browser play what they were given."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.errorhandler(AppError)
def planned(error: AppError) -> Response:
    """Say in plain words what is wrong: who asks is a program."""
    return _plain(str(error), error.status, dict(error.headers))


@bp.errorhandler(NoSuchPage)
def missing(_: NoSuchPage) -> Response:
    """Say that it isn't part of this podcast."""
    return _plain("This podcast has no such thing.", HTTPStatus.NOT_FOUND)


def _plain(words: str, status: int, headers: dict[str, str] | None = None) -> Response:
    let_go()
    return Response(f"{words}\n", status, headers, content_type="text/plain; charset=utf-8")


def listener() -> Listener:
    """Return whose podcast is asked for."""
    found: Listener = g.listener
    return found
