"""Sessions: the signed cookie, and who it stands for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from flask import g, session
from flask_login import login_user

import scope
from extensions import db, login_manager
from models import Role
from queries import accounts as account_queries
from queries.accounts import Account
from services import accounts
from services.reading_habits import Habits

_KEYS = ("_user_id", "_fresh", "_id")
"""What Flask-Login keeps in the cookie."""


@dataclass(frozen=True, slots=True)
class SessionUser:
    """Who is signed in: what pages may know, and never a row that could be changed."""

    id: UUID
    email: str
    role: Role
    session_epoch: int

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_admin(self) -> bool:
        """Say whether the admin pages are open to them."""
        return self.role == Role.ADMIN

    def get_id(self) -> str:
        """Return what the cookie says of them."""
        return f"{self.id}.{self.session_epoch}"


def load_user(name: str) -> SessionUser | None:
    """Return whose session it is, and let the database see only what is theirs.

    None when the account is gone or suspended, or the session was ended elsewhere. Asked again
    after the database failed to answer, as the page that says so does, it is None too.
    """
    if g.get("reader_unknown"):
        return None
    g.reader_unknown = True
    user = _find(name)
    g.reader_unknown = False
    if user is None:
        scope.enter(scope.READER)
        for key in _KEYS:
            session.pop(key, None)
        g.session_ended = True
    return user


login_manager.user_loader(load_user)


def start(account: Account, remember: bool = False) -> None:
    """Begin a session, keeping nothing of the one before, which somebody may have planted.

    `remember` makes it outlive the browser, for 30 days after the last visit.
    """
    session.clear()
    session.permanent = remember
    login_user(_user(account))


def renew(user: SessionUser, epoch: int) -> None:
    """Keep this session after all others of its user were ended.

    The form token stays as it is, because open pages carry it.
    """
    login_user(SessionUser(user.id, user.email, user.role, epoch))


def end() -> None:
    """Forget who was signed in."""
    session.clear()


def _find(name: str) -> SessionUser | None:
    parsed = _parse(name)
    if parsed is None:
        return None
    user_id, epoch = parsed
    scope.enter(scope.READER, user_id)
    found = account_queries.find_signed_in(user_id)
    if found is None:
        return None
    account, seen, noted = found
    if account.session_epoch != epoch or account.suspended:
        return None
    g.habits = Habits.of(noted)
    if seen is None or datetime.now(UTC) - seen > accounts.SEEN_EVERY:
        # In a transaction of its own, which is over before the page begins.
        accounts.see(user_id)
        db.session.commit()
    return _user(account)


def _user(account: Account) -> SessionUser:
    return SessionUser(account.id, account.email, account.role, account.session_epoch)


def _parse(name: str) -> tuple[UUID, int] | None:
    user_id, _, epoch = name.partition(".")
    try:
        return UUID(user_id), int(epoch)
    except ValueError:
        return None
