from threading import Barrier, Thread

import pytest
from sqlalchemy import select

import scope
from errors import AppError, NotAllowed
from extensions import db
from models import Role, Subscription, UsageMetric, User
from services import account_tokens, registration
from services.account_tokens import LinkDead
from services.accounts import EmailTaken
from services.registration import Entrance, FirstAccountTaken
from tests.factories import PASSWORD, make_user
from tests.live import live_app

__all__ = ["live_app"]


@pytest.fixture(autouse=True)
def as_accounts(transaction):
    scope.enter(scope.ACCOUNTS)


@pytest.fixture
def somebody(as_accounts):
    with scope.acting(scope.OWNER):
        return make_user("Somebody@Earshot.test")


def register(email="new@earshot.test", mode="open", **how):
    return registration.register(email, PASSWORD, mode=mode, **how)


@pytest.mark.parametrize("mode", ["open", "invite", "closed"])
def test_the_first_account_is_the_admins_whatever_the_setting(mode):
    assert registration.door(mode, None).entrance == Entrance.FIRST

    account = register(mode=mode, first=True)

    assert account.role == Role.ADMIN


def test_everyone_starts_with_a_free_subscription_and_a_metric(somebody):
    account = register(" New@Earshot.test ")

    row = db.session.execute(
        select(Subscription.plan, Subscription.status, Subscription.end_date).where(
            Subscription.user_id == account.id
        )
    ).one()
    assert (account.email, account.role) == ("New@Earshot.test", Role.READER)
    assert tuple(row) == ("free", "active", None)
    actions = select(UsageMetric.action).where(UsageMetric.user_id == account.id)
    assert db.session.scalars(actions).all() == ["signed_up"]


def test_an_address_is_taken_in_any_case(somebody):
    with pytest.raises(EmailTaken, match="sign in or reset your password"):
        register("SOMEBODY@earshot.TEST")


def test_who_was_promised_the_first_account_does_not_get_another_kind(somebody):
    with pytest.raises(FirstAccountTaken):
        register(first=True)


def test_doors_follow_the_setting(somebody):
    secret = account_tokens.issue_invitation("new@earshot.test", Role.ADMIN)

    assert registration.door("open", None).entrance == Entrance.OPEN
    assert registration.door("invite", None).entrance == Entrance.NEEDS_INVITATION
    assert registration.door("closed", None).entrance == Entrance.CLOSED
    assert registration.door("closed", secret).entrance == Entrance.CLOSED
    invited = registration.door("invite", secret)
    assert (invited.entrance, invited.email, invited.role) == (
        Entrance.INVITED,
        "new@earshot.test",
        Role.ADMIN,
    )


@pytest.mark.parametrize("mode", ["invite", "closed"])
def test_without_an_invitation_nobody_enters_by_the_back(somebody, mode):
    with pytest.raises(NotAllowed):
        register(mode=mode)


def test_an_invitation_makes_one_account_of_its_role(somebody):
    secret = account_tokens.issue_invitation("new@earshot.test", Role.ADMIN)

    account = register("NEW@earshot.test", mode="invite", invitation=secret)

    assert account.role == Role.ADMIN
    with pytest.raises(LinkDead):
        register("other@earshot.test", mode="invite", invitation=secret)


def test_an_invitation_is_bound_to_its_address(somebody):
    secret = account_tokens.issue_invitation("new@earshot.test", Role.ADMIN)

    with pytest.raises(AppError, match=r"is for new@earshot\.test"):
        register("thief@earshot.test", mode="invite", invitation=secret)


def test_a_command_adds_anybody_but_the_first_is_always_an_admin():
    first = registration.add("first@earshot.test", PASSWORD, Role.READER)
    second = registration.add("second@earshot.test", PASSWORD, Role.READER)

    assert (first.role, second.role) == (Role.ADMIN, Role.READER)


def test_of_two_first_accounts_at_once_one_becomes_the_admin(live_app):
    """Both find no account, then submit together: the database lets one be first."""
    results = at_once(live_app, [f"first{n}@earshot.test" for n in range(6)], first=True)

    made = [one for one in results if not isinstance(one, Exception)]
    assert [account.role for account in made] == [Role.ADMIN]
    assert sum(isinstance(one, FirstAccountTaken) for one in results) == 5
    with live_app.app_context():
        scope.enter(scope.OWNER)
        assert db.session.scalars(select(User.role)).all() == [Role.ADMIN]


def test_of_one_address_registered_twice_at_once_one_is_taken(live_app):
    with live_app.app_context():
        scope.enter(scope.ACCOUNTS)
        registration.add("admin@earshot.test", PASSWORD, Role.ADMIN)
        db.session.commit()

    results = at_once(live_app, ["Twin@earshot.test", "twin@earshot.test"])

    assert sum(isinstance(one, EmailTaken) for one in results) == 1
    assert sum(isinstance(one, Exception) for one in results) == 1


def at_once(app, emails, first=False):
    """Register all addresses in threads of their own, as different processes would."""
    results = []
    start = Barrier(len(emails))

    def attempt(email):
        with app.app_context():
            scope.enter(scope.ACCOUNTS)
            try:
                start.wait(30)
                results.append(register(email, first=first))
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                results.append(error)

    threads = [Thread(target=attempt, args=(email,)) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
