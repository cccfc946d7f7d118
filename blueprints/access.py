"""Who may open a page, and where somebody goes who may not."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_login import current_user, login_required
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response

import errors
import scope
from errors import NotAllowed, NotFound
from extensions import db, login_manager
from services import audit, throttle
from services.audit import Person
from services.throttle import Limit

PUBLIC = frozenset(
    {
        "static",
        "accounts.sign_in",
        "accounts.register",
        "accounts.forgot",
        "accounts.reset",
        "accounts.theme",
    }
)
"""Endpoints for people who are not signed in; those of OPEN_BLUEPRINTS are too."""

OPEN_BLUEPRINTS = frozenset({"health", "podcast_feed"})
"""Areas without sessions; in a podcast's addresses a secret says who asks."""

REFUSALS = Limit("admin-pages", 1000, timedelta(hours=1))

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_IN_A_PATH = "/%:@!$&'()*+,;=~-._"


def admin_required(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only admins in, and act as one towards the database for the rest of the request."""

    @wraps(view)
    def for_admins(*args: Any, **values: Any) -> Any:
        if not current_user.is_admin:
            _refuse(request.endpoint or "")
        scope.enter(scope.ADMIN, current_user.id)
        return view(*args, **values)

    # wraps(), which login_required uses too, hands it on.
    for_admins.for_admins_only = True  # type: ignore[attr-defined]
    guarded: Callable[..., Any] = login_required(for_admins)
    return guarded


def is_for_admins(endpoint: str | None) -> bool:
    """Say whether a page is for admins alone, whatever else it asks."""
    return hasattr(current_app.view_functions.get(endpoint or ""), "for_admins_only")


def person() -> Person:
    """Return who is signed in, as the audit log names them."""
    return Person(current_user.id, current_user.email)


def keep_methods_apart() -> None:
    """Refuse readers an admin page by methods, too, that no view of it is ever asked with.

    Without this they would learn from OPTIONS or a 405 what admins can do there.
    """
    failure = request.routing_exception
    if request.method == "OPTIONS":
        endpoint = request.endpoint
    elif isinstance(failure, MethodNotAllowed) and failure.valid_methods:
        adapter = current_app.create_url_adapter(request)
        endpoint = adapter.match(method=min(failure.valid_methods))[0] if adapter else None
    else:
        return
    if is_for_admins(endpoint) and current_user.is_authenticated and not current_user.is_admin:
        _refuse(endpoint or "")


def _refuse(endpoint: str) -> NoReturn:
    """Leave word of who tried a page for admins, and refuse it.

    Where the address names somebody, it is answered as if there were nobody of that name.
    """
    who = person()
    with scope.acting(scope.ACCOUNTS, who.id):
        # Nobody fills the log: who goes on and on is told to wait, and no more is written.
        throttle.spend(REFUSALS.of(str(who.id)))
        audit.record("admin.refused", actor=who, after={"method": request.method, "page": endpoint})
        db.session.commit()
    if request.view_args:
        raise NotFound("This page doesn't exist, or isn't yours.")
    raise NotAllowed("This page is for admins.")


def go(address: str) -> Response:
    """Send somebody to another page after a change, with a fresh document.

    Under htmx a plain redirect would swap the new page into the frame of the old one.
    """
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": iri_to_uri(address)})
    return redirect(address, 303)


def safe_path(target: str | None) -> str | None:
    """Return `target` if it is a path on this site, else None.

    Browsers read `//host`, `/\\host` and a path with a tab in it as another site.
    """
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if target.startswith("//") or "\\" in target:
        return None
    if any(ord(one) <= 32 or ord(one) == 127 for one in target):
        return None
    return target


def came_from(default: str) -> str:
    """Return the page of this site that a form was sent from, to go back to it."""
    return _own_page(request.referrer) or default


def turn_away() -> Response:
    """Send somebody who is not signed in to sign in, and back afterwards.

    Nothing that was sent is kept, so after a POST they come back to its form.
    """
    if request.method not in _READING:
        _flash_once("You were signed out. Sign in and send it again.")
    elif g.get("session_ended"):
        _flash_once("Your session has ended. Sign in to go on.")
    address = url_for("accounts.sign_in", next=_wanted())
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 302 if request.method in _READING else 303)


login_manager.unauthorized_handler(turn_away)


def csrf_refused(_: CSRFError) -> Response:
    """Answer a form without a valid token; when a session is what it lacks, to sign-in."""
    known = request.endpoint in current_app.view_functions
    if known and not _is_public(request.endpoint) and not current_user.is_authenticated:
        return turn_away()
    return errors.show(
        400,
        "This form has expired, or this browser keeps no cookies. Go back, reload the page and"
        " send it again.",
    )


def _flash_once(words: str) -> None:
    """Say it on the next page, once: fifty files sent in vain make one message, not fifty."""
    if ("error", words) not in session.get("_flashes", ()):
        flash(words, "error")


def _is_public(endpoint: str | None) -> bool:
    return endpoint in PUBLIC or request.blueprint in OPEN_BLUEPRINTS


def _wanted() -> str | None:
    """Return the path of the page that somebody was on their way to, or sent a form from."""
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return _own_page(request.headers.get("HX-Current-URL"))
    if request.method not in _READING:
        return _own_page(request.referrer)
    query = request.query_string.decode("ascii", "ignore")
    return safe_path(quote(request.path, safe=_IN_A_PATH) + (f"?{query}" if query else ""))


def _own_page(address: str | None) -> str | None:
    """Return path and query of an address on this site, else None."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    if parts.netloc != request.host:
        return None
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""))
