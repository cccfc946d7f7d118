"""For whom a transaction acts: the second wall behind every query's owner.

Each transaction enters a database role and names its reader before its first statement.
Row-level security then hides whatever that role and reader may not see, so that a query
which forgets its owner returns nothing. The same statement limits how long each statement of a
web request may take.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from flask import has_request_context
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, SessionTransaction

from config import settings
from extensions import db

READER = "earshot_app"
"""A signed-in reader, who sees what is theirs."""
ADMIN = "earshot_admin"
"""An admin on the admin pages; the policies check that the named user is one."""
WORKER = "earshot_worker"
"""Background work for everyone; never a web request."""
ACCOUNTS = "earshot_accounts"
"""Signing in and registering: accounts, tokens and throttles, no reader's rows."""
OWNER = "none"
"""The owner of the tables, for commands and migrations."""

_ENTER = text(
    "SELECT set_config('role', :role, true), set_config('earshot.user_id', :user_id, true),"
    " set_config('statement_timeout', coalesce(CAST(:limit AS text),"
    " current_setting('statement_timeout')), true)"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A database role and the reader it acts for."""

    role: str
    user_id: UUID | None = None


NOBODY = Scope(READER)


def enter(role: str, user_id: UUID | None = None) -> None:
    """Let this and all later transactions of the session act as `role` for `user_id`.

    What is loaded already is forgotten, so that nothing seen under another scope is served
    from memory.
    """
    session = db.session()
    session.info["scope"] = Scope(role, user_id)
    if session.in_transaction():
        session.flush()
        session.expire_all()
        _tell(session.connection(), session.info["scope"])


def current() -> Scope:
    """Return the scope that the session acts in."""
    scope: Scope = db.session().info.get("scope", NOBODY)
    return scope


@contextmanager
def acting(role: str, user_id: UUID | None = None) -> Iterator[None]:
    """Act as another role within a block, then as before."""
    before = current()
    enter(role, user_id)
    try:
        yield
    except BaseException:
        # The connection may be what broke: leave the SQL to the next transaction.
        db.session().info["scope"] = before
        db.session.rollback()
        raise
    enter(before.role, before.user_id)


def take_time() -> None:
    """Let the statements of this request take the time they need.

    For what changes very much at once, such as deleting an account: cut off, it could never be
    done.
    """
    session = db.session()
    session.info["unhurried"] = True
    if session.in_transaction():
        _tell(session.connection(), session.info.get("scope", NOBODY))


def _tell(connection: Connection, scope: Scope) -> None:
    connection.execute(
        _ENTER,
        {
            "role": scope.role,
            "user_id": str(scope.user_id) if scope.user_id else "",
            "limit": _limit(),
        },
    )


def _limit() -> str | None:
    """Return how long a statement may take, as PostgreSQL writes it; None keeps what is set.

    Somebody waits for a page, and its connection is one of few. Migrations, commands and the
    worker take the time they need.
    """
    if not has_request_context():
        return None
    if db.session().info.get("unhurried"):
        return "0"
    return f"{round(settings().database_statement_timeout * 1000)}ms"


@event.listens_for(Session, "after_begin")
def _enter_scope(session: Session, _: SessionTransaction, connection: Connection) -> None:
    _tell(connection, session.info.get("scope", NOBODY))
