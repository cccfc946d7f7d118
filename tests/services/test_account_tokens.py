from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import scope
from extensions import db
from models import AccountToken, Role
from models.accounts import TokenPurpose
from services import account_tokens
from services.account_tokens import LinkDead
from tests.factories import make_user

RESET, INVITE = TokenPurpose.RESET, TokenPurpose.INVITE


@pytest.fixture(autouse=True)
def as_accounts(transaction):
    scope.enter(scope.ACCOUNTS)


@pytest.fixture
def person(as_accounts):
    with scope.acting(scope.OWNER):
        return make_user("Reader@Earshot.test").id


def age(by):
    db.session.execute(update(AccountToken).values(expires_at=AccountToken.expires_at - by))


def test_a_link_gives_its_owner_once(person):
    secret, address = account_tokens.issue_reset("reader@EARSHOT.test")

    assert address == "Reader@Earshot.test"
    assert account_tokens.look_at(RESET, secret).user_id == person
    assert account_tokens.use(RESET, secret).user_id == person
    with pytest.raises(LinkDead):
        account_tokens.use(RESET, secret)
    with pytest.raises(LinkDead):
        account_tokens.look_at(RESET, secret)


def test_only_a_digest_of_the_secret_is_stored(person):
    secret, _ = account_tokens.issue_reset("reader@earshot.test")

    row = db.session.execute(select(AccountToken)).scalar_one()

    assert len(secret) >= 43
    assert secret not in f"{row.digest} {row.email}"
    with pytest.raises(LinkDead):
        account_tokens.look_at(RESET, row.digest)


def test_a_link_for_a_password_dies_after_an_hour(person):
    secret, _ = account_tokens.issue_reset("reader@earshot.test")
    age(timedelta(minutes=59))
    assert account_tokens.look_at(RESET, secret)

    age(timedelta(minutes=1))

    with pytest.raises(LinkDead, match="older than an hour"):
        account_tokens.use(RESET, secret)


def test_nobody_and_the_suspended_get_no_link(person):
    with scope.acting(scope.OWNER):
        make_user("gone@earshot.test", suspended_at=func.now())

    assert account_tokens.issue_reset("nobody@earshot.test")[1] is None
    assert account_tokens.issue_reset("gone@earshot.test")[1] is None
    assert db.session.scalar(select(func.count()).select_from(AccountToken)) == 0


def test_using_one_link_can_end_the_others(person):
    first, _ = account_tokens.issue_reset("reader@earshot.test")
    second, _ = account_tokens.issue_reset("reader@earshot.test")

    account_tokens.use(RESET, first)
    account_tokens.end_resets(person)

    with pytest.raises(LinkDead):
        account_tokens.use(RESET, second)


def test_an_invitation_carries_address_and_role_for_a_week():
    secret = account_tokens.issue_invitation("new@earshot.test", Role.ADMIN)
    age(timedelta(days=6, hours=23))

    token = account_tokens.look_at(INVITE, secret)

    assert (token.email, token.role, token.user_id) == ("new@earshot.test", Role.ADMIN, None)
    age(timedelta(hours=1))
    with pytest.raises(LinkDead, match="seven days"):
        account_tokens.look_at(INVITE, secret)


def test_one_kind_of_link_is_no_good_for_the_other(person):
    reset, _ = account_tokens.issue_reset("reader@earshot.test")
    invitation = account_tokens.issue_invitation("new@earshot.test", Role.ADMIN)

    with pytest.raises(LinkDead):
        account_tokens.use(INVITE, reset)
    with pytest.raises(LinkDead):
        account_tokens.use(RESET, invitation)


def test_links_long_dead_are_cleared_away(person):
    account_tokens.issue_reset("reader@earshot.test")
    age(timedelta(days=31))

    account_tokens.issue_reset("reader@earshot.test")

    assert db.session.scalar(select(func.count()).select_from(AccountToken)) == 1
