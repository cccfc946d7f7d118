"""Deleting an account with everything in it: rows first, then the objects they named."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select

import scope
from errors import AppError, InvalidInput, NotAllowed, NotFound
from extensions import cache, db
from models import AbandonedObject, Role
from queries import accounts as account_queries
from queries import holdings as holdings_queries
from services import audit
from services.audit import Person
from services.people import MISSING, check_still_admin, keeping_an_admin, take_turns
from services.storage import open_storage
from services.tracks import cache_key

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a request spends on removing objects; a worker sees to the rest."""
BATCH = 500

Object = tuple[str, UUID | None]
"""The key of an object, and the narration that it was the sound of."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """An account that is gone once its deletion is committed."""

    email: str
    objects: Sequence[Object]


def delete(user_id: UUID, *, by: Person | None, typed: str | None = None) -> Deleted:
    """Delete an account and all its rows; the caller commits, and only then calls `discard`.

    `typed` is the address as somebody typed it to confirm, None when that was asked otherwise.
    `by` is an admin, the owner, or None for a command.

    Raises:
        NotFound: there is no such account.
        InvalidInput: what was typed is not its address.
        NotAllowed: an admin would delete themselves from the admin pages.
        LastAdmin: nobody would be left to look after the site.
    """
    scope.take_time()
    account = account_queries.find_account(user_id)
    if account and account.role == Role.ADMIN:
        take_turns()
        account = account_queries.find_account(user_id)
    if account is None:
        check_still_admin()
        raise NotFound(MISSING)
    if typed is not None and by and by.id == user_id:
        raise NotAllowed("Delete your own account on your account page.")
    if typed is not None and typed.strip().casefold() != account.email.casefold():
        raise InvalidInput(f"Type {account.email} to go on.")
    held = holdings_queries.holdings_of(user_id)
    audit.record(
        "user.deleted",
        actor=by,
        subject=Person(account.id, account.email),
        object_type="user",
        object_id=user_id,
        before={
            "role": account.role,
            "stories": held.stories if held else 0,
            "files": held.images + held.sounds if held else 0,
            "narrations": held.narrations if held else 0,
            "bytes": held.bytes if held else 0,
        },
    )
    deletion = select(
        func.delete_account(user_id).table_valued("object_key", "of_track", name="gone")
    )
    with keeping_an_admin(account.email):
        objects = [(key, track) for key, track in db.session.execute(deletion)]
    return Deleted(account.email, objects)


def discard(deleted: Deleted) -> int:
    """Remove the objects of a deleted account for a few seconds; return how many are left.

    Those, and what storage would not remove, a worker takes from `abandoned_objects`.
    """
    until = time.monotonic() + PATIENCE
    for number, (key, track_id) in enumerate(deleted.objects):
        if time.monotonic() > until:
            return len(deleted.objects) - number
        _remove(key, track_id)
    return 0


def abandoned() -> list[Object]:
    """Return some of the objects that deleted accounts left; within scope.WORKER."""
    return holdings_queries.abandoned_objects(BATCH)


def remove_abandoned(objects: Sequence[Object]) -> list[str]:
    """Remove objects from storage, outside of a transaction; return the keys that are gone."""
    return [key for key, track_id in objects if _remove(key, track_id)]


def forget(keys: Sequence[str]) -> None:
    """Strike objects off that are removed; within scope.WORKER. The caller commits."""
    db.session.execute(
        delete_rows(AbandonedObject)
        .where(AbandonedObject.key.in_(keys))
        .execution_options(synchronize_session=False)
    )


def _remove(key: str, track_id: UUID | None) -> bool:
    if track_id:
        cache.delete(cache_key(track_id))
    try:
        open_storage().delete(key)
    except AppError as error:
        log.warning("%s is left to a worker: %s", key, error)
        return False
    return True
