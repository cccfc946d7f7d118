"""What the views of the API share: pages, tags of versions, and doing something only once."""

import hashlib
from collections.abc import Callable, Sequence
from uuid import UUID

from flask import Response, request

from blueprints.api.blueprint import bearer
from blueprints.api.description import JSON
from blueprints.api.shapes import Shape
from errors import Conflict, NotFound
from extensions import db
from queries.paging import Cursor, Row, next_page
from services import idempotency
from services.idempotency import Answer


class Outdated(Conflict):
    """It was changed since the version that If-Match names."""

    status = 412

    def __init__(self) -> None:
        super().__init__("It was changed meanwhile. Read it again, then change that.")


def reader_id() -> UUID:
    """Return for whom this request acts."""
    return bearer().user_id


def place(after: str) -> Cursor | None:
    """Return where a page begins; None for the first one.

    Raises:
        NotFound: no page ends there.
    """
    cursor = Cursor.parse(after)
    if after and cursor is None:
        raise NotFound("There is no page behind this cursor. Take `next` as it was given.")
    return cursor


def cut(rows: Sequence[Row], limit: int) -> tuple[Sequence[Row], str | None]:
    """Split off the row that was read beyond `limit`; return it all with the next cursor."""
    return next_page(rows, limit)


def tagged(model: Shape) -> Response:
    """Answer with a thing and the tag of its version, or that it is unchanged."""
    body = model.model_dump_json()
    tag = f"{_version(model)}.{_short(body)}"
    response = Response(content_type=JSON)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        return response
    response.set_data(body)
    return response


def check_version(model: Shape) -> None:
    """Refuse a change to another version than If-Match names; without one any will do.

    Only the part of the tag counts that tells what a change would overwrite.

    Raises:
        Outdated: it was changed since.
    """
    asked = request.if_match
    # One that can't be read names no version, and so not this one.
    if "If-Match" not in request.headers or asked.star_tag:
        return
    if _version(model) not in {tag.partition(".")[0] for tag in asked.as_set()}:
        raise Outdated


def _version(model: Shape) -> str:
    return _short(model.overwritten())


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def before(*more: bytes) -> Response | None:
    """Return what was answered to this very request, if it has a key and was done already.

    Raises:
        BadKey, KeyReused: the key can't be used for it.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    idempotency.check(key)
    found = idempotency.answered(reader_id(), key, _digest(*more))
    return _written(found, again=True) if found else None


def once(work: Callable[[], tuple[Shape, int, str | None]], *more: bytes) -> Response:
    """Do something and commit it, unless a request with the same key has done it.

    `work` returns what is answered, the status, and where the new thing is. `more` is what makes
    the request the same as another beside address and JSON. A failure leaves the key free.

    Raises:
        BadKey, KeyReused: the key can't be used for it.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        idempotency.check(key)
        found = idempotency.claim(reader_id(), key, _digest(*more))
        if found:
            db.session.rollback()
            return _written(found, again=True)
    model, status, location = work()
    answer = Answer(status, model.model_dump_json(), location)
    if key is not None:
        idempotency.note(reader_id(), key, answer)
    db.session.commit()
    return _written(answer)


def _written(answer: Answer, *, again: bool = False) -> Response:
    response = Response(answer.body, answer.status, content_type=JSON)
    if answer.location:
        response.headers["Location"] = answer.location
    if again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _digest(*more: bytes) -> str:
    """Return a digest of what was asked: address, JSON, and what else came along."""
    address = f"{request.method} {request.path}?".encode("utf-8", "surrogatepass")
    body = request.get_data() if request.mimetype == JSON else b""
    parts = (address, request.query_string, body, *more)
    return hashlib.sha256(b"".join(len(one).to_bytes(8) + one for one in parts)).hexdigest()
