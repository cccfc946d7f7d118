"""What admins do to accounts: roles, suspension, sessions, links to get in. All of it is audited.

`by` is the admin who acts; None stands for the command line of the machine itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

import scope
from errors import Conflict, InvalidInput, NotAllowed, NotFound
from extensions import db
from models import AccountToken, Role, User
from queries import invitations as invitation_queries
from services import account_tokens, accounts, audit
from services.audit import Person

LONGEST_REASON = 500
MISSING = "That account doesn't exist any more."


class LastAdmin(Conflict):
    """It would leave the site without anybody who may look after it."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is the last admin, and somebody has to look after this site."
            " Make somebody else an admin first."
        )


@dataclass(frozen=True, slots=True)
class _Account:
    """An account whose row is locked until the commit."""

    id: UUID
    email: str
    role: Role
    suspended: bool

    @property
    def person(self) -> Person:
        """Return it as the log names it."""
        return Person(self.id, self.email)


def set_role(user_id: UUID, role: Role, *, by: Person | None, sure: bool = False) -> str:
    """Make somebody an admin or a reader, at once, and return their address.

    `sure` must be given by an admin who steps down. The caller commits.

    Raises:
        NotFound: there is no such account.
        Conflict: that is their role already.
        NotAllowed: an admin would step down without having said that they are sure.
        LastAdmin: nobody would be left.
    """
    take_turns()
    found = _lock(user_id)
    if found.role == role:
        words = "an admin" if role == Role.ADMIN else "a reader"
        raise Conflict(f"{found.email} is {words} already.")
    if by and by.id == user_id and not sure:
        raise NotAllowed("Say that you are sure: you give up the admin pages by this.")
    # Before the change, because who steps down may not write as an admin after it.
    audit.record(
        "user.promoted" if role == Role.ADMIN else "user.demoted",
        actor=by,
        subject=found.person,
        object_type="user",
        object_id=user_id,
        before={"role": found.role},
        after={"role": role},
    )
    with keeping_an_admin(found.email):
        _change(user_id, role=role)
    return found.email


def suspend(user_id: UUID, *, reason: str, by: Person | None) -> str:
    """Let somebody not in any more: sessions and mailed links end at once. Return their address.

    Nothing of theirs is touched. The caller commits.

    Raises:
        NotFound: there is no such account.
        InvalidInput: there is no reason, or too long a one.
        NotAllowed: admins can't suspend themselves.
        Conflict: they are suspended already.
        LastAdmin: nobody would be left.
    """
    reason = _checked(reason)
    take_turns()
    found = _lock(user_id)
    if by and by.id == user_id:
        raise NotAllowed("You can't suspend yourself. Another admin can.")
    if found.suspended:
        raise Conflict(f"{found.email} is suspended already.")
    audit.record(
        "user.suspended",
        actor=by,
        subject=found.person,
        object_type="user",
        object_id=user_id,
        reason=reason,
        before={"suspended": False},
        after={"suspended": True},
    )
    account_tokens.end_resets(user_id)
    with keeping_an_admin(found.email):
        _change(
            user_id,
            suspended_at=func.now(),
            suspended_for=reason,
            session_epoch=User.session_epoch + 1,
        )
    return found.email


def restore(user_id: UUID, *, by: Person | None) -> str:
    """Let a suspended account in again, by its old password, and return its address.

    Raises:
        NotFound: there is no such account.
        Conflict: it isn't suspended.
    """
    found = _lock(user_id)
    if not found.suspended:
        raise Conflict(f"{found.email} isn't suspended.")
    _change(user_id, suspended_at=None, suspended_for="")
    audit.record(
        "user.restored",
        actor=by,
        subject=found.person,
        object_type="user",
        object_id=user_id,
        before={"suspended": True},
        after={"suspended": False},
    )
    return found.email


def sign_out(user_id: UUID, *, by: Person | None) -> tuple[str, int]:
    """End every session of somebody at once; return their address and the new session epoch.

    Raises:
        NotFound: there is no such account.
    """
    found = _lock(user_id)
    epoch = accounts.end_sessions(user_id)
    audit.record(
        "user.signed_out", actor=by, subject=found.person, object_type="user", object_id=user_id
    )
    return found.email, epoch


def send_reset(user_id: UUID, *, by: Person | None) -> tuple[str, str]:
    """Make a link to set a new password; return the address to mail it to, and its secret.

    The caller commits and mails it.

    Raises:
        NotFound: there is no such account.
        Conflict: it is suspended, so the link would open nothing.
    """
    found = _lock(user_id)
    secret, address = account_tokens.issue_reset(found.email)
    if address is None:
        raise Conflict(f"{found.email} is suspended and can't sign in. Restore the account first.")
    audit.record(
        "user.reset_sent", actor=by, subject=found.person, object_type="user", object_id=user_id
    )
    return address, secret


def invite(email: str, role: Role, *, by: Person | None) -> tuple[str, str]:
    """Invite somebody; return their address as it is kept, and the secret of the link.

    Invitations that the address has already work no more. The caller commits and mails it.

    Raises:
        InvalidInput: it can't be an address.
        EmailTaken: it has an account already.
    """
    address = accounts.check_invited(email)
    db.session.execute(
        delete(AccountToken)
        .where(*invitation_queries.is_open(), func.lower(AccountToken.email) == func.lower(address))
        .execution_options(synchronize_session=False)
    )
    secret = account_tokens.issue_invitation(address, role)
    audit.record(
        "user.invited",
        actor=by,
        object_type="invitation",
        after={"email": address, "role": role},
    )
    return address, secret


def revoke(invitation_id: UUID, *, by: Person | None) -> str:
    """Let an invitation work no more, and return its address.

    Raises:
        NotFound: there is none that still works.
    """
    row = db.session.execute(
        delete(AccountToken)
        .where(*invitation_queries.is_open(), AccountToken.id == invitation_id)
        .returning(AccountToken.email, AccountToken.role)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        raise NotFound("That invitation was used or revoked already, or is too old.")
    audit.record(
        "user.uninvited",
        actor=by,
        object_type="invitation",
        object_id=invitation_id,
        before={"email": row.email, "role": row.role},
    )
    return str(row.email)


def take_turns() -> None:
    """Wait for who is taking an admin away, so that what comes after sees who is left.

    The same lock as the trigger's; held until the commit.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("keep_an_admin"))))


def check_still_admin() -> None:
    """Refuse an admin who was one when the page was asked for, and is no more.

    Raises:
        NotAllowed: the policies hide everybody from them by now.
    """
    if scope.current().role == scope.ADMIN and not db.session.scalar(
        select(func.earshot_is_admin())
    ):
        raise NotAllowed("You are not an admin any more, so nothing was done.")


@contextmanager
def keeping_an_admin(email: str) -> Iterator[None]:
    """Put it into words when the database refuses to lose the last admin.

    Raises:
        LastAdmin: what the block did would leave none; it is undone.
    """
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.orig, "diag", None)
        if getattr(diagnosis, "constraint_name", None) == "last_admin":
            raise LastAdmin(email) from error
        raise


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise InvalidInput("Say why, for the other admins.")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Use at most {LONGEST_REASON} characters.")
    return reason


def _lock(user_id: UUID) -> _Account:
    row = db.session.execute(
        select(User.id, User.email, User.role, User.suspended_at.is_not(None))
        .where(User.id == user_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        check_still_admin()
        raise NotFound(MISSING)
    return _Account(*row)


def _change(user_id: UUID, **values: object) -> None:
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
