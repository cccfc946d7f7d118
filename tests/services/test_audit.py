"""The audit log: what is written, and what nobody may change."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

import scope
from extensions import db
from models import AuditEntry, Role
from services import audit
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("transaction")


def test_an_entry_says_who_what_whom_and_why():
    admin, reader = make_user(role=Role.ADMIN), make_user()
    audit.record(
        "user.suspended",
        actor=audit.Person(admin.id, admin.email),
        subject=audit.Person(reader.id, reader.email),
        reason="Spam",
        before={"suspended": False},
        after={"suspended": True},
    )
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.actor_email, entry.subject_email) == (admin.email, reader.email)
    assert (entry.reason, entry.before, entry.after) == (
        "Spam",
        {"suspended": False},
        {"suspended": True},
    )
    assert entry.address == "", "it came from no request"


def test_an_entry_outlives_its_people():
    reader = make_user()
    audit.record("user.seen", subject=audit.Person(reader.id, reader.email))
    db.session.delete(reader)
    db.session.flush()
    assert db.session.scalars(select(AuditEntry.subject_email)).all() == [reader.email]


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET reason = ''", "DELETE FROM audit_log"])
def test_not_even_an_admin_changes_the_log(statement):
    admin = make_user(role=Role.ADMIN)
    scope.enter(scope.ADMIN, admin.id)
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(text(statement))


@pytest.mark.parametrize("role", [scope.ADMIN, scope.READER])
def test_nobody_writes_an_entry_in_another_name(role):
    admin, reader = make_user(role=Role.ADMIN), make_user()
    other = audit.Person(reader.id, reader.email)
    scope.enter(role, admin.id)
    with pytest.raises(ProgrammingError, match="row-level security"):
        audit.record("user.seen", actor=other)
