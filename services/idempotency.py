"""Doing once what was asked for twice under the same key."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from errors import InvalidInput
from extensions import db
from models import IdempotencyKey

KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,199}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    body: str
    location: str | None


class KeyReused(InvalidInput):
    """The key was used for another request."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another request within the last day. Make a new key"
            " for each thing that you ask for."
        )


class BadKey(InvalidInput):
    """The key can't be one."""

    status = 400

    def __init__(self) -> None:
        super().__init__("An Idempotency-Key has 1 to 200 characters of plain ASCII.")


def check(key: str) -> None:
    """Refuse what can't be a key.

    Raises:
        BadKey: it can't.
    """
    if not _KEY.fullmatch(key):
        raise BadKey


def answered(user_id: UUID, key: str, request_digest: str) -> Answer | None:
    """Return what was answered under a key, or None when nothing was yet.

    Raises:
        KeyReused: it was another request.
    """
    row = db.session.execute(
        select(
            IdempotencyKey.request_digest,
            IdempotencyKey.status,
            IdempotencyKey.body,
            IdempotencyKey.location,
        ).where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.request_digest != request_digest or row.status is None:
        raise KeyReused
    return Answer(row.status, row.body or "", row.location)


def claim(user_id: UUID, key: str, request_digest: str) -> Answer | None:
    """Take a key for the work of this transaction, or return what was answered before.

    While another transaction is at work under the same key, this waits for its end.

    Raises:
        KeyReused: it was another request.
    """
    while True:
        taken = db.session.scalar(
            insert(IdempotencyKey)
            .values(user_id=user_id, key=key, request_digest=request_digest)
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.key)
        )
        if taken is not None:
            return None
        before = answered(user_id, key, request_digest)
        if before is not None:
            return before
        # It was swept between the two statements; then it is free.


def note(user_id: UUID, key: str, answer: Answer) -> None:
    """Keep the answer, in the transaction of the work that it tells of."""
    db.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.user_id == user_id, IdempotencyKey.key == key)
        .values(status=answer.status, body=answer.body, location=answer.location)
        .execution_options(synchronize_session=False)
    )


def sweep() -> None:
    """Forget keys after a day."""
    db.session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.created_at < func.now() - KEPT)
        .execution_options(synchronize_session=False)
    )
