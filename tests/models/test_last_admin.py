"""The site never loses its last admin, whoever tries and however many at once."""

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

import scope
from errors import NotAllowed
from extensions import db
from models import Role, User
from services import account_deletion, people
from services.audit import Person
from services.people import LastAdmin
from tests.factories import make_user
from tests.live import live_app

__all__ = ["live_app"]

TAKEN = (
    "UPDATE users SET role = 'reader' WHERE role = 'admin'",
    "UPDATE users SET suspended_at = now() WHERE role = 'admin'",
    "DELETE FROM users WHERE role = 'admin'",
)


@pytest.mark.usefixtures("transaction")
@pytest.mark.parametrize("statement", TAKEN)
def test_plain_sql_does_not_take_the_last_admin_away(statement):
    make_user(role=Role.ADMIN)
    make_user(role=Role.ADMIN, suspended_at=func.now())
    with pytest.raises(IntegrityError, match="the last admin stays"), db.session.begin_nested():
        db.session.execute(text(statement))


@pytest.mark.usefixtures("transaction")
@pytest.mark.parametrize("statement", TAKEN)
def test_one_of_two_may_go(statement):
    make_user(role=Role.ADMIN)
    stays = make_user(role=Role.ADMIN).id
    db.session.execute(text(f"{statement} AND id <> :stays"), {"stays": stays})
    left = db.session.scalars(
        select(User.id).where(User.role == Role.ADMIN, User.suspended_at.is_(None))
    ).all()
    assert left == [stays]


@pytest.mark.parametrize("act", ["demote", "suspend", "delete", "plain SQL"])
def test_of_two_admins_who_act_on_each_other_at_once_one_remains(live_app: Flask, act: str):
    with live_app.app_context():
        scope.enter(scope.OWNER)
        both = [Person(one.id, one.email) for one in (admin(), admin())]
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def attack(attacker: Person, victim: Person) -> None:
        with live_app.app_context():
            scope.enter(scope.ADMIN, attacker.id)
            db.session.execute(select(User.id))
            together.wait()
            try:
                if act == "demote":
                    people.set_role(victim.id, Role.READER, by=attacker)
                elif act == "plain SQL":
                    scope.enter(scope.OWNER)
                    db.session.execute(
                        update(User).where(User.id == victim.id).values(role="reader")
                    )
                elif act == "delete":
                    account_deletion.delete(victim.id, by=attacker, typed=victim.email)
                else:
                    people.suspend(victim.id, reason="Rivalry", by=attacker)
                db.session.commit()
                outcomes.append("done")
            except (LastAdmin, NotAllowed, IntegrityError):
                # By the trigger, or because the other was faster and this one is no admin now.
                db.session.rollback()
                outcomes.append("refused")

    threads = [
        threading.Thread(target=attack, args=pair)
        for pair in ((both[0], both[1]), (both[1], both[0]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with live_app.app_context():
        scope.enter(scope.OWNER)
        left = db.session.scalar(
            select(func.count()).where(User.role == Role.ADMIN, User.suspended_at.is_(None))
        )
    assert sorted(outcomes) == ["done", "refused"]
    assert left == 1


def admin() -> User:
    return make_user(role=Role.ADMIN)
