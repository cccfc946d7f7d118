"""What admins do to accounts, and what is written down of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

import scope
from errors import Conflict, InvalidInput, NotAllowed, NotFound
from extensions import db
from models import AuditEntry, Role, User
from models.accounts import TokenPurpose
from queries import people as people_queries
from queries.invitations import open_invitations
from services import account_tokens, accounts, people
from services.account_tokens import LinkDead
from services.accounts import EmailTaken, WrongCredentials
from services.audit import Person
from services.people import LastAdmin
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.fixture
def admin():
    return make_user(role=Role.ADMIN)


@pytest.fixture
def reader():
    return make_user()


@pytest.fixture
def by(admin, reader):
    """Act as the admin, as the admin pages do."""
    scope.enter(scope.ADMIN, admin.id)
    return Person(admin.id, admin.email)


def stored(user) -> User:
    with scope.acting(scope.OWNER):
        return db.session.execute(
            select(
                User.role, User.suspended_at, User.suspended_for, User.session_epoch, User.email
            ).where(User.id == user.id)
        ).one()


def entries() -> list[tuple]:
    with scope.acting(scope.OWNER):
        return [
            tuple(row)
            for row in db.session.execute(
                select(
                    AuditEntry.action,
                    AuditEntry.actor_email,
                    AuditEntry.subject_email,
                    AuditEntry.reason,
                ).order_by(AuditEntry.created_at, AuditEntry.action)
            )
        ]


def test_a_reader_becomes_an_admin_and_a_reader_again(by, reader):
    email = reader.email
    assert people.set_role(reader.id, Role.ADMIN, by=by) == email
    assert stored(reader).role == Role.ADMIN
    people.set_role(reader.id, Role.READER, by=by)
    assert stored(reader).role == Role.READER
    assert {entry[:3] for entry in entries()} == {
        ("user.promoted", by.email, email),
        ("user.demoted", by.email, email),
    }


def test_a_role_that_somebody_has_is_not_given_twice(by, reader):
    with pytest.raises(Conflict, match="a reader already"):
        people.set_role(reader.id, Role.READER, by=by)


def test_an_admin_steps_down_only_when_sure_and_not_as_the_last(by, admin, reader):
    with pytest.raises(NotAllowed, match="sure"):
        people.set_role(admin.id, Role.READER, by=by)
    with pytest.raises(LastAdmin, match="Make somebody else an admin first"):
        people.set_role(admin.id, Role.READER, by=by, sure=True)
    people.set_role(reader.id, Role.ADMIN, by=by)
    people.set_role(admin.id, Role.READER, by=by, sure=True)
    assert stored(admin).role == Role.READER


def test_a_suspended_person_is_out_at_once_and_signs_in_as_with_a_wrong_password(by, reader):
    with scope.acting(scope.ACCOUNTS):
        secret, _ = account_tokens.issue_reset(reader.email)
        with pytest.raises(WrongCredentials) as wrong:
            accounts.authenticate(reader.email, "wrong password")

    people.suspend(reader.id, reason="Spam ", by=by)

    row = stored(reader)
    assert row.suspended_at is not None
    assert (row.suspended_for, row.session_epoch) == ("Spam", 2)
    assert entries()[-1] == ("user.suspended", by.email, reader.email, "Spam")
    with scope.acting(scope.ACCOUNTS):
        with pytest.raises(WrongCredentials) as refused:
            accounts.authenticate(reader.email, PASSWORD)
        with pytest.raises(LinkDead):
            account_tokens.look_at(TokenPurpose.RESET, secret)
    assert str(refused.value) == str(wrong.value)


def test_a_restored_person_signs_in_with_the_old_password_but_old_sessions_stay_dead(by, reader):
    people.suspend(reader.id, reason="Spam", by=by)
    assert people.restore(reader.id, by=by) == stored(reader).email
    assert (stored(reader).suspended_at, stored(reader).suspended_for) == (None, "")
    assert stored(reader).session_epoch == 2
    with scope.acting(scope.ACCOUNTS):
        assert accounts.authenticate(reader.email, PASSWORD).id == reader.id


@pytest.mark.parametrize(
    ("reason", "words"), [(" ", "Say why"), ("x" * 501, "at most 500 characters")]
)
def test_a_suspension_has_a_reason(by, reader, reason, words):
    with pytest.raises(InvalidInput, match=words):
        people.suspend(reader.id, reason=reason, by=by)


def test_what_makes_no_sense_is_refused_in_words(by, admin, reader):
    with pytest.raises(NotAllowed, match="can't suspend yourself"):
        people.suspend(admin.id, reason="Tired", by=by)
    with pytest.raises(Conflict, match="isn't suspended"):
        people.restore(reader.id, by=by)
    people.suspend(reader.id, reason="Spam", by=by)
    with pytest.raises(Conflict, match="suspended already"):
        people.suspend(reader.id, reason="Spam", by=by)
    with pytest.raises(Conflict, match="Restore the account first"):
        people.send_reset(reader.id, by=by)
    with pytest.raises(NotFound):
        people.sign_out(uuid4(), by=by)


def test_a_reset_link_and_signing_out_are_written_down(by, reader):
    email, secret = people.send_reset(reader.id, by=by)
    assert people.sign_out(reader.id, by=by) == (email, 2)
    assert [entry[0] for entry in entries()] == ["user.reset_sent", "user.signed_out"]
    with scope.acting(scope.ACCOUNTS):
        assert account_tokens.look_at(TokenPurpose.RESET, secret).user_id == reader.id


def test_a_second_invitation_takes_the_place_of_the_first(by):
    _, first = people.invite("new@earshot.test", Role.ADMIN, by=by)
    address, second = people.invite(" New@earshot.test", Role.READER, by=by)
    assert address == "New@earshot.test"
    assert [(one.email, one.role) for one in open_invitations()] == [(address, Role.READER)]
    with scope.acting(scope.ACCOUNTS):
        with pytest.raises(LinkDead):
            account_tokens.look_at(TokenPurpose.INVITE, first)
        assert account_tokens.look_at(TokenPurpose.INVITE, second).role == Role.READER


def test_a_revoked_invitation_opens_nothing(by, reader):
    _, secret = people.invite("new@earshot.test", Role.READER, by=by)
    (invitation,) = open_invitations()
    assert people.revoke(invitation.id, by=by) == "new@earshot.test"
    assert open_invitations() == []
    with pytest.raises(NotFound, match="used or revoked"):
        people.revoke(invitation.id, by=by)
    with scope.acting(scope.ACCOUNTS), pytest.raises(LinkDead):
        account_tokens.look_at(TokenPurpose.INVITE, secret)
    with pytest.raises(EmailTaken):
        people.invite(reader.email, Role.READER, by=by)


def test_who_is_here_is_seen_now_and_then_without_waiting(reader):
    def seen():
        with scope.acting(scope.OWNER):
            return db.session.scalar(select(User.last_seen_at).where(User.id == reader.id))

    scope.enter(scope.READER, reader.id)
    assert seen() is None
    accounts.see(reader.id)
    first = seen()
    assert first is not None
    accounts.see(reader.id)
    assert seen() == first

    with scope.acting(scope.OWNER):
        user = db.session.get(User, reader.id)
        user.last_seen_at = func.now() - accounts.SEEN_EVERY - timedelta(seconds=1)
        db.session.commit()
    accounts.see(reader.id)
    assert seen() == first


def test_the_last_admin_is_known_beforehand(by, admin, reader):
    assert people_queries.is_last_admin(admin.id)
    assert not people_queries.is_last_admin(reader.id)
    people.set_role(reader.id, Role.ADMIN, by=by)
    assert not people_queries.is_last_admin(admin.id)
