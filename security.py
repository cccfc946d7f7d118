"""What every answer carries to keep readers safe, and addresses of static files."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, request, session, url_for
from flask import Response as FlaskResponse
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response

from config import settings

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600


TAKES_FILES = {
    "media.save_upload",
    "news.save_new",
    "news.save",
    "sources.import_list",
    "api.upload_media",
    "archive.bring_in",
}
"""The only endpoints that may be sent more than a form of words."""
LIMITS = {"subscriptions.upload": 12 * 1024 * 1024}
"""Endpoints with a limit of their own."""
JSON_LIMIT = 4 * 1024 * 1024
"""For the API, which reads nothing before it knows whose token it is."""
WORDS_LIMIT = 2 * 1024 * 1024
STRANGERS_LIMIT = 512 * 1024


class SessionCookie(SecureCookieSessionInterface):
    """The signed cookie; what any cache may keep for everyone goes without it."""

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        """Leave alone what knows no session, also when that asks to be renewed each time."""
        if request.endpoint != "static" and request.blueprint != "podcast_feed":
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    """Add the headers to every answer and `asset` to every template."""
    app.session_interface = SessionCookie()
    app.before_request(limit_body)
    app.after_request(add_headers)
    app.jinja_env.globals["asset"] = asset


def limit_body() -> None:
    """Refuse large bodies before anything reads them, a stranger's most of all."""
    if request.blueprint == "api":
        if request.endpoint not in TAKES_FILES:
            request.max_content_length = JSON_LIMIT
    elif request.blueprint == "podcast_feed" or "_user_id" not in session:
        request.max_content_length = STRANGERS_LIMIT
    elif request.endpoint == "archive.bring_in":
        request.max_content_length = settings().max_archive_bytes + WORDS_LIMIT
    elif request.endpoint not in TAKES_FILES:
        request.max_content_length = LIMITS.get(request.endpoint or "", WORDS_LIMIT)


def add_headers(response: Response) -> Response:
    """Set what the view left open."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    if request.endpoint == "static":
        # Fonts and vendored files carry their version in the name; modules import each other
        # without a hash, so those are asked for again.
        named = (request.view_args or {}).get("filename", "").startswith(("fonts/", "vendor/"))
        hashed = ("v" in request.args or named) and response.status_code == 200
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if hashed else "no-cache"
        )
    else:
        response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def asset(name: str) -> str:
    """Return the address of a static file; it changes whenever the content does."""
    folder = current_app.static_folder
    return url_for("static", filename=name, v=_digest(Path(folder or "") / name))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
