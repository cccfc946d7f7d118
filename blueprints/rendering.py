"""Answering a page to browsers and its fragment to htmx."""

from typing import Any

from flask import flash, make_response, render_template, request
from werkzeug.wrappers import Response


def wants_fragment() -> bool:
    """Return whether htmx asks for a part of the page.

    Boosted links and history restores carry htmx headers yet need a whole document.
    """
    return bool(
        request.headers.get("HX-Request")
        and not request.headers.get("HX-Boosted")
        and not request.headers.get("HX-History-Restore-Request")
    )


def page_or_fragment(page: str, fragment: str, **context: object) -> Response:
    """Render `fragment` for an htmx swap and `page` for everything else.

    `Vary` keeps a cache from serving one shape for the other.
    """
    name = fragment if wants_fragment() else page
    response: Response = make_response(render_template(name, **context))
    response.headers.add("Vary", "HX-Request, HX-Boosted, HX-History-Restore-Request")
    return response


def offer_undo(words: str, address: str, fields: dict[str, Any], *, page: bool = False) -> None:
    """Leave a message with a button that sends `fields` to `address`.

    `page` says that the whole page changes with it, not only what the answer brings.
    """
    message: Any = {"words": words, "undo": address, "fields": fields, "page": page}
    flash(message, "success")


def refused(template: str, **context: object) -> tuple[str, int]:
    """Render a form that was refused, with what was typed and why."""
    return render_template(template, **context), 422
