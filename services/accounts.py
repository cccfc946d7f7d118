"""Accounts: who may sign in, their passwords, and what ends a session."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update

from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import User
from models.accounts import TokenPurpose
from queries import accounts as account_queries
from queries.accounts import Account
from services import account_tokens, audit, passwords, usage
from services.audit import Person
from services.usage import Action

LONGEST_EMAIL = 254
SEEN_EVERY = timedelta(minutes=5)
"""How old `last_seen_at` may grow while somebody is here."""
_NOT_IN_EMAIL = set('<>()[]\\,;:"')


class EmailTaken(Conflict):
    """Another account has this address."""


class WrongCredentials(InvalidInput):
    """The address and the password don't belong together, or the account may not be used."""


class WrongPassword(InvalidInput):
    """It is not the current password of who is signed in."""


def check_email(typed: str) -> str:
    """Return an address as it is kept: without spaces around it, otherwise as typed.

    Raises:
        InvalidInput: it can't be an address.
    """
    email = typed.strip()
    before, at, after = email.rpartition("@")
    if not (before and at and after) or "@" in before:
        raise InvalidInput("Enter an e-mail address, such as name@example.org.")
    if len(email) > LONGEST_EMAIL:
        raise InvalidInput(f"Use an address of at most {LONGEST_EMAIL} characters.")
    if any(c.isspace() or not c.isprintable() or c in _NOT_IN_EMAIL for c in email):
        raise InvalidInput("An e-mail address has no spaces, brackets or commas in it.")
    return email


def authenticate(email: str, password: str) -> Account:
    """Return the account that these credentials open, and record the sign-in.

    One hash is checked whoever asks: an unknown address, an account without a password and
    a suspended one take as long as a wrong password and are answered alike.

    Raises:
        WrongCredentials: they open none.
    """
    found = account_queries.find_credentials(_searchable(email))
    right = passwords.matches(password, found.password_hash if found else None)
    if not right or found is None or found.account.suspended:
        raise WrongCredentials(
            "That e-mail address and password don't open an account. Check both and try again."
        )
    changes: dict[str, object] = {"last_seen_at": func.now()}
    if found.password_hash and passwords.is_dated(found.password_hash):
        changes["password_hash"] = passwords.hash_password(password)
    _update(found.account.id, changes)
    usage.record(found.account.id, Action.SIGNED_IN)
    return found.account


def change_password(user_id: UUID, current: str, new: str) -> int:
    """Set a new password for who is signed in, and return the new session epoch.

    Every session and every reset link ends with it. The caller commits.

    Raises:
        WrongPassword: `current` is not the password.
        InvalidInput: `new` can't be used.
    """
    account = confirm_password(user_id, current)
    passwords.check(new, account.email)
    _note("user.password_changed", account)
    return _set_password(user_id, new)


def confirm_password(user_id: UUID, typed: str) -> Account:
    """Return the account of who is signed in, if `typed` is its password.

    Raises:
        WrongPassword: it is not.
    """
    found = account_queries.find_own_credentials(user_id)
    if found is None:
        raise NotFound("This account no longer exists.")
    if not passwords.matches(typed, found.password_hash):
        raise WrongPassword("This is not your current password.")
    return found.account


def reset_password(secret: str, new: str) -> Account:
    """Set the password of whoever holds a mailed link; the caller commits.

    Every session and every other reset link ends with it.

    Raises:
        LinkDead: the link no longer works.
        InvalidInput: the password can't be used; roll back, and the link still works.
    """
    token = account_tokens.use(TokenPurpose.RESET, secret)
    passwords.check(new, token.email)
    account = account_queries.find_account(token.user_id) if token.user_id else None
    if account is None:
        raise NotFound("This account no longer exists.")
    _set_password(account.id, new)
    _note("user.password_reset", account)
    return account


def end_sessions(user_id: UUID) -> int:
    """End every session of a user at once and return the new epoch; the caller commits."""
    return _update(user_id, {"session_epoch": User.session_epoch + 1})


def see(user_id: UUID) -> None:
    """Write down that somebody is here, unless that was done a moment ago; the caller commits.

    Waits for nobody: a row that somebody else is changing is left for the next request.
    """
    free = (
        select(User.id)
        .where(
            User.id == user_id,
            or_(User.last_seen_at.is_(None), User.last_seen_at < func.now() - SEEN_EVERY),
        )
        .with_for_update(key_share=True, skip_locked=True)
    )
    db.session.execute(
        update(User)
        .where(User.id.in_(free))
        .values(last_seen_at=func.now())
        .execution_options(synchronize_session=False)
    )


def find_by_email(email: str) -> Account:
    """Return the account with this address.

    Raises:
        NotFound: there is none.
    """
    found = account_queries.find_credentials(_searchable(email))
    if found is None:
        raise NotFound(f"No account has the address {email.strip()}.")
    return found.account


def check_invited(typed: str) -> str:
    """Return the address of somebody to invite, as it is kept.

    Raises:
        InvalidInput: it can't be an address.
        EmailTaken: it has an account already.
    """
    email = check_email(typed)
    if account_queries.find_credentials(email):
        raise EmailTaken(f"{email} has an account already.")
    return email


def _searchable(email: str) -> str:
    # What no account can have is looked up all the same, as the empty address, so that it
    # takes as long; PostgreSQL would refuse a NUL.
    try:
        return check_email(email)
    except InvalidInput:
        return ""


def _note(action: str, account: Account) -> None:
    """Leave word of what the owner of an account did to it."""
    owner = Person(account.id, account.email)
    audit.record(action, actor=owner, subject=owner, object_type="user", object_id=account.id)


def _set_password(user_id: UUID, new: str) -> int:
    hashed = passwords.hash_password(new)
    account_tokens.end_resets(user_id)
    return _update(user_id, {"password_hash": hashed, "session_epoch": User.session_epoch + 1})


def _update(user_id: UUID, changes: dict[str, object]) -> int:
    """Change one user's row and return its session epoch."""
    statement = (
        update(User)
        .where(User.id == user_id)
        .values(changes)
        .returning(User.session_epoch)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).scalar_one()
