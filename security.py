"""What every answer carries to keep readers safe, and addresses of static files."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, request, url_for
from werkzeug.wrappers import Response

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


def register(app: Flask) -> None:
    """Add the headers to every answer and `asset` to every template."""
    app.after_request(add_headers)
    app.jinja_env.globals["asset"] = asset


def add_headers(response: Response) -> Response:
    """Set what the view left open."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR}")
    if request.endpoint == "static":
        hashed = "v" in request.args and response.status_code == 200
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
