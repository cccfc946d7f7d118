"""Registering: who may have an account, and how one is made."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from errors import Conflict, InvalidInput, NotAllowed
from extensions import db
from models import Plan, Role, Subscription, SubscriptionStatus, User
from models.accounts import TokenPurpose
from queries import accounts as account_queries
from queries.accounts import Account
from services import account_tokens, audit, passwords, usage
from services.accounts import EmailTaken, check_email
from services.audit import Person
from services.usage import Action

_FIRST_ACCOUNT = 4_031_977_001
"""Key of the advisory lock under which the first account is made."""


class FirstAccountTaken(Conflict):
    """Somebody else made the first account in the meantime."""


class Entrance(StrEnum):
    """By which door somebody who opens the registration page would come in."""

    FIRST = "first"
    OPEN = "open"
    INVITED = "invited"
    NEEDS_INVITATION = "needs_invitation"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Door:
    """What the registration page offers; `email` is bound when somebody is invited."""

    entrance: Entrance
    email: str = ""
    role: Role = Role.READER

    @property
    def is_open(self) -> bool:
        """Say whether an account can be made through it."""
        return self.entrance in {Entrance.FIRST, Entrance.OPEN, Entrance.INVITED}


def door(mode: str, invitation: str | None) -> Door:
    """Say how somebody may register when `registration` is set to `mode`.

    Raises:
        LinkDead: the invitation no longer works.
    """
    if not account_queries.anybody():
        return Door(Entrance.FIRST, role=Role.ADMIN)
    if mode == "closed":
        return Door(Entrance.CLOSED)
    if invitation:
        token = account_tokens.look_at(TokenPurpose.INVITE, invitation)
        return Door(Entrance.INVITED, email=token.email, role=token.role)
    return Door(Entrance.OPEN if mode == "open" else Entrance.NEEDS_INVITATION)


def register(
    email: str, password: str, *, mode: str, invitation: str | None = None, first: bool = False
) -> Account:
    """Make the account of somebody who came through a door of the registration page.

    The very first becomes the admin; `first` says that this is what was asked for. The
    caller commits, or rolls back when this raises.

    Raises:
        InvalidInput: the address or the password can't be used.
        EmailTaken: another account has the address.
        FirstAccountTaken: somebody else was first; nothing was made.
        LinkDead: the invitation no longer works.
        NotAllowed: `mode` lets nobody in this way.
    """
    email = check_email(email)
    passwords.check(password, email)
    hashed = passwords.hash_password(password)  # before any lock, because it takes a while
    role = Role.ADMIN if _be_first() else _let_in(email, mode, invitation, first)
    account = _create(email, hashed, role)
    if role == Role.ADMIN:
        _note("user.registered", account, by=Person(account.id, email))
    return account


def add(email: str, password: str, role: Role) -> Account:
    """Make an account without asking who may; the very first is an admin's all the same.

    The caller commits.

    Raises:
        InvalidInput: the address or the password can't be used.
        EmailTaken: another account has the address.
    """
    email = check_email(email)
    passwords.check(password, email)
    hashed = passwords.hash_password(password)
    account = _create(email, hashed, Role.ADMIN if _be_first() else role)
    _note("user.added", account, by=None)
    return account


def _be_first() -> bool:
    """Say whether no account exists; if so, nobody else finds out until the commit."""
    if account_queries.anybody():
        return False
    db.session.execute(select(func.pg_advisory_xact_lock(_FIRST_ACCOUNT)))
    return not account_queries.anybody()


def _let_in(email: str, mode: str, invitation: str | None, first: bool) -> Role:
    if first:
        raise FirstAccountTaken(
            "Somebody else made the first account a moment ago. Send this again for one of"
            " your own."
        )
    if mode == "closed":
        raise NotAllowed("This site takes no new accounts.")
    if invitation:
        token = account_tokens.use(TokenPurpose.INVITE, invitation)
        if token.email.casefold() != email.casefold():
            raise InvalidInput(f"This invitation is for {token.email}.")
        return token.role
    if mode != "open":
        raise NotAllowed("You need an invitation to make an account here.")
    return Role.READER


def _note(action: str, account: Account, *, by: Person | None) -> None:
    """Leave word of a new account; those that readers make themselves are usage, no news."""
    audit.record(
        action,
        actor=by,
        subject=Person(account.id, account.email),
        object_type="user",
        object_id=account.id,
        after={"role": account.role},
    )


def _create(email: str, hashed: str, role: Role) -> Account:
    user = (
        insert(User)
        .values(email=email, password_hash=hashed, role=role, last_seen_at=func.now())
        .on_conflict_do_nothing()
        .returning(User.id, User.session_epoch)
    )
    row = db.session.execute(user).one_or_none()
    if row is None:
        raise EmailTaken(
            "That address can't be used here. If it is yours, sign in or reset your password."
        )
    db.session.execute(
        insert(Subscription).values(
            user_id=row.id,
            plan=Plan.FREE,
            status=SubscriptionStatus.ACTIVE,
            start_date=func.now(),
        )
    )
    usage.record(row.id, Action.SIGNED_UP)
    return Account(row.id, email, role, row.session_epoch, suspended=False)
