"""What goes wrong in ways we planned for, and what a user sees of it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

from flask import Flask, render_template, request
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

import problems
from extensions import db

log = logging.getLogger(__name__)


class AppError(Exception):
    """Something went wrong in a way we planned for.

    `str(error)` is shown to the user, so it never holds a key, a path or SQL. `headers` go with
    the answer.
    """

    status: ClassVar[int] = 500
    headers: Mapping[str, str] = MappingProxyType({})


class InvalidInput(AppError):
    """What the user sent cannot be accepted as it is."""

    status = 422


class NotFound(AppError):
    """It does not exist, or not for this user."""

    status = 404


class NotAllowed(AppError):
    """The user may not do this."""

    status = 403


class Conflict(AppError):
    """It clashes with what is stored."""

    status = 409


class TooMany(AppError):
    """Asked for too often.

    `retry_after` is in seconds.
    """

    status = 429

    def __init__(self, message: str, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.headers = {"Retry-After": str(retry_after)}


class StorageError(AppError):
    """Object storage did not do what was asked."""

    status = 502


class LimitReached(AppError):
    """A reader's plan allows no more of something.

    `resets_at` is when there will be more by itself, None when there won't; `advice` says what
    can be done about it, and whom to ask. `of` names the limit as PLAN_LIMITS does; `left` is how
    much of it is left, once somebody asked.
    """

    status = 403
    left: int | None = None

    def __init__(
        self,
        message: str,
        advice: str,
        resets_at: datetime | None = None,
        *,
        of: str = "",
    ) -> None:
        self.message = message
        self.advice = advice
        self.resets_at = resets_at
        self.of = of
        when = f"{resets_at:%A} {resets_at.day} {resets_at:%B, %H:%M} UTC" if resets_at else ""
        super().__init__(self.told(when))

    def told(self, when: str) -> str:
        """Return all of it, with the time of the reset as the reader's own clock tells it."""
        reset = f"There will be more on {when}." if when else ""
        return " ".join(part for part in (self.message, reset, self.advice) if part)


class ObjectMissing(StorageError):
    """There is no object under that key."""

    status = 404


WORDS = {
    400: ("That request didn't make sense", "Go back and try again."),
    403: ("Not for you", "Your account may not open this page."),
    404: ("Nothing here", "This page doesn't exist, or isn't yours."),
    405: ("That can't be done here", "Go back and use the buttons of the page."),
    409: ("It changed meanwhile", "Go back, reload the page and try again."),
    413: ("Too big", "What you sent is larger than this site accepts in one go."),
    422: ("Something needs correcting", "Check what you entered."),
    429: ("Too many tries", "Wait a minute, then try again."),
    500: ("Something broke", "It has been logged. What was stored is safe; try again."),
    502: ("Storage isn't answering", "Try again in a moment. Nothing was lost."),
    503: ("The database isn't answering", "Try again in a moment. What was saved is safe."),
}
TOO_LONG = (
    "The database was stopped because it worked on this for too long. What was saved is safe. Try"
    " again in a moment, or ask for less: a narrower search, a shorter time.",
    "That took too long",
)
"""Message and title where `DATABASE_STATEMENT_TIMEOUT` strikes."""


def register(app: Flask) -> None:
    """Answer every kind of failure with a page, or a notice for htmx."""
    app.register_error_handler(AppError, _planned)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(Exception, _unplanned)
    # Before the session is taken away, which fails when its connection has died meanwhile.
    app.teardown_appcontext(lambda _: let_go())


def show(
    status: int,
    message: str | None = None,
    title: str | None = None,
    limit: LimitReached | None = None,
    error: Exception | None = None,
) -> Response:
    """Make the answer for a failure: JSON for programs, a notice for htmx, else a page.

    Reads nothing from the database, which may be what failed.
    """
    usual, words = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    if problems.are_wanted():
        return problems.answer(status, title or usual, message, error)
    context = {
        "status": status,
        "title": title or usual,
        "message": message or words,
        "limit": limit,
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        response = Response(render_template("components/notice.html", **context), status)
        response.headers["HX-Retarget"] = "#notice"
        response.headers["HX-Reswap"] = "innerHTML"
    else:
        response = Response(render_template("errors/error.html", **context), status)
    response.mimetype = "text/html"
    return response


def let_go() -> None:
    """Give the session's connection back, its transaction undone, even when it has just died."""
    try:
        db.session.close()
    except SQLAlchemyError as error:
        log.warning("a connection was lost: %s", error.__class__.__name__)
        db.session().invalidate()


def _planned(error: AppError) -> Response:
    let_go()
    limit = error if isinstance(error, LimitReached) else None
    title = "Your plan allows no more" if limit else None
    response = show(error.status, str(error), title, limit, error)
    response.headers.update(error.headers)
    return response


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    let_go()
    response = show(error.code, error=error)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "Content-Range"}:
            response.headers[name] = value
    if error.code == 429:
        # The limits of requests are by the minute.
        response.headers.setdefault("Retry-After", "60")
    return response


def _database_away(error: Exception) -> Response:
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, QueryCanceled):
        rule = request.url_rule.rule if request.url_rule else "-"
        log.warning("the database took too long for %s %s", request.method, rule)
    else:
        log.warning("the database did not answer: %s", error.__class__.__name__)
    let_go()
    response = show(503, *(TOO_LONG if isinstance(cause, QueryCanceled) else ()))
    response.headers["Retry-After"] = "5"
    return response


def _unplanned(error: Exception) -> Response:
    # The rule, not the path: some paths carry a secret, others whatever somebody made up.
    rule = request.url_rule.rule if request.url_rule else "-"
    log.exception("unplanned error on %s %s", request.method, rule, exc_info=error)
    let_go()
    return show(500)
