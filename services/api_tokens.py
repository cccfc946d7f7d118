"""Tokens that let programs act for a reader: made once, shown once, kept as a digest."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, update

from errors import InvalidInput, NotFound
from extensions import db
from models import ApiToken, TokenScope
from queries import api_tokens as token_queries
from queries.api_tokens import Bearer
from services import audit
from services.audit import Person

MARK = "earshot_"
"""How every secret begins, so that people and scanners know what they found."""
SHOWN = len(MARK) + 6
"""Characters of a secret that the list shows."""
LONGEST = 200
"""Characters of anything that could be a secret."""
MOST = 50
"""Tokens of one reader that work at the same time."""
LONGEST_NAME = 100
SEEN_EVERY = timedelta(minutes=1)


def create(
    user_id: UUID,
    name: str,
    scopes: Collection[str],
    lasts: timedelta | None = None,
    *,
    by: Person,
) -> str:
    """Make a token and return its secret, which nobody can be told again. The caller commits.

    `lasts` is None for one that works until it is revoked.

    Raises:
        InvalidInput: it has no name or allows nothing, or the reader has too many.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(f"Give the token a name of up to {LONGEST_NAME} characters.")
    chosen = [scope.value for scope in TokenScope if scope.value in scopes]
    if not chosen:
        raise InvalidInput("Choose at least one thing that the token may do.")
    if token_queries.count_working(user_id) >= MOST:
        raise InvalidInput(f"You have {MOST} tokens that work. Revoke one that you no longer use.")
    secret = MARK + secrets.token_urlsafe(32)
    token_id = db.session.scalar(
        insert(ApiToken)
        .values(
            user_id=user_id,
            name=name,
            scopes=chosen,
            digest=_digest(secret),
            prefix=secret[:SHOWN],
            expires_at=func.now() + lasts if lasts else None,
        )
        .returning(ApiToken.id)
    )
    audit.record(
        "token.created",
        actor=by,
        subject=by,
        object_type="token",
        object_id=token_id,
        after={"name": name, "scopes": chosen},
    )
    return secret


def revoke(user_id: UUID, token_id: UUID, *, by: Person) -> str:
    """Let a token work no more, at once, and return its name. The caller commits.

    Raises:
        NotFound: the reader has no such token that could still be revoked.
    """
    name = db.session.scalar(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=func.now())
        .returning(ApiToken.name)
        .execution_options(synchronize_session=False)
    )
    if name is None:
        raise NotFound("That token doesn't exist, or was revoked already.")
    audit.record(
        "token.revoked",
        actor=by,
        subject=by,
        object_type="token",
        object_id=token_id,
        before={"name": name},
    )
    return str(name)


def look_up(secret: str) -> Bearer | None:
    """Return who sent a secret, or None when it lets nobody in.

    It is found by its digest, so that how long this takes says nothing about a secret that is
    nearly right. That the token was used is noted once a minute. Acts as `earshot_accounts`; the
    caller commits.
    """
    if not secret.startswith(MARK) or len(secret) > LONGEST:
        return None
    bearer = token_queries.find_bearer(_digest(secret))
    if bearer and _is_old(bearer.last_used_at):
        db.session.execute(
            update(ApiToken)
            .where(ApiToken.id == bearer.token_id)
            .values(last_used_at=func.now())
            .execution_options(synchronize_session=False)
        )
    return bearer


def _is_old(seen: datetime | None) -> bool:
    return seen is None or datetime.now(UTC) - seen > SEEN_EVERY


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
