"""Failures as programs read them: RFC 9457 problem details, in JSON and in plain words."""

import json
import re
from typing import Any

from flask import request
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

TYPE = "application/problem+json"
PREFIX = "/api/"
WORDS = {
    400: "The request makes no sense as it is.",
    404: "There is nothing at this address, or it isn't yours.",
    405: "This address takes other methods; the Allow header names them.",
    413: "What you sent is larger than this address accepts in one go.",
    415: "Send it as the content type that this address takes.",
    429: "Too many requests. Wait as long as the Retry-After header says, then go on.",
    503: "The database isn't answering. Try again in a moment; what was saved is safe.",
}
CODES = {500: "broken", 503: "not_answering"}
"""What failures that nobody planned for are called."""


def are_wanted() -> bool:
    """Say whether who asks is a program, by the address it asked for."""
    return request.path.startswith(PREFIX)


def answer(
    status: int, title: str, message: str | None = None, error: Exception | None = None
) -> Response:
    """Make the answer for a failure.

    `code` is one word for machines: what the failure itself calls it, else the name of its class.
    """
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, title),
        "status": status,
        "detail": message or WORDS.get(status) or title,
        "code": CODES.get(status) or code_of(error),
    }
    said |= members_of(error)
    response = Response(json.dumps(said, ensure_ascii=False), status, content_type=TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def code_of(error: Exception | None) -> str:
    """Return the word that stands for a failure."""
    own = getattr(error, "code", None)
    if isinstance(own, str):
        return own
    name = type(error).__name__ if error else "Refused"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def members_of(error: Exception | None) -> dict[str, Any]:
    """Return what a failure knows beside its words: which fields, which story, until when."""
    told: dict[str, Any] = {}
    if fields := getattr(error, "fields", None):
        told["errors"] = fields
    if (story_id := getattr(error, "news_id", None)) is not None:
        told["story_id"] = str(story_id)
    if (media_id := getattr(error, "media_id", None)) is not None:
        told["media_id"] = str(media_id)
    if (source_id := getattr(error, "source_id", None)) is not None:
        told["source_id"] = str(source_id)
    if feeds := getattr(error, "feeds", None):
        told["feeds"] = feeds
    if (limit := getattr(error, "of", None)) is not None:
        told |= {"limit": limit, "left": getattr(error, "left", None)}
        resets_at = getattr(error, "resets_at", None)
        told["resets_at"] = resets_at.isoformat() if resets_at else None
    return told
