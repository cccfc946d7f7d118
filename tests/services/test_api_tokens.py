"""Tokens: made, found by their digest, and dead as soon as they should be."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

import scope
from errors import InvalidInput, NotFound
from extensions import db
from models import ApiToken, AuditEntry, Role, User
from queries.api_tokens import count_working, tokens_of
from services import account_deletion, api_tokens, people
from services.audit import Person
from tests.factories import make_user
from tests.tokens import make_token

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.fixture
def owner() -> User:
    return make_user()


def found(secret: str):
    with scope.acting(scope.ACCOUNTS):
        bearer = api_tokens.look_up(secret)
        db.session.commit()
        return bearer


def by(owner: User) -> Person:
    return Person(owner.id, owner.email)


def test_a_secret_is_kept_as_a_digest_and_finds_its_owner(owner: User):
    secret = make_token(owner, ["read:stories", "read:usage"])
    row = db.session.scalars(select(ApiToken)).one()
    assert secret not in repr(vars(row))
    assert secret.startswith(row.prefix)
    assert len(row.prefix) < len(secret) / 3
    bearer = found(secret)
    assert (bearer.user_id, bearer.scopes) == (owner.id, ["read:stories", "read:usage"])


@pytest.mark.parametrize("secret", ["", "earshot_", "earshot_nearly", "x" * 5000, "\0", "\ud800"])
def test_what_is_no_secret_finds_nobody(owner: User, secret: str):
    make_token(owner)
    assert found(secret) is None


def test_the_last_use_is_noted_once_a_minute(owner: User):
    secret = make_token(owner)
    found(secret)
    first = tokens_of(owner.id)[0].last_used_at
    assert first is not None
    found(secret)
    assert tokens_of(owner.id)[0].last_used_at == first
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    db.session.execute(update(ApiToken).values(last_used_at=long_ago))
    db.session.commit()
    found(secret)
    assert tokens_of(owner.id)[0].last_used_at > long_ago


def test_a_revoked_token_stays_listed_and_lets_nobody_in(owner: User):
    secret = make_token(owner)
    token = tokens_of(owner.id)[0]
    assert api_tokens.revoke(owner.id, token.id, by=by(owner)) == "A program"
    db.session.commit()
    assert found(secret) is None
    assert not tokens_of(owner.id)[0].works
    assert count_working(owner.id) == 0
    with pytest.raises(NotFound):
        api_tokens.revoke(owner.id, token.id, by=by(owner))
    deeds = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.action)).all()
    assert deeds == ["token.created", "token.revoked"]


def test_a_token_of_somebody_else_cannot_be_revoked(owner: User):
    secret = make_token(owner)
    stranger = make_user()
    with pytest.raises(NotFound):
        api_tokens.revoke(stranger.id, tokens_of(owner.id)[0].id, by=by(stranger))
    assert found(secret)


def test_a_token_ends_with_its_time(owner: User):
    secret = make_token(owner, lasts=timedelta(days=30))
    assert found(secret)
    past = datetime.now(UTC) - timedelta(days=1)
    db.session.execute(update(ApiToken).values(expires_at=past))
    db.session.commit()
    assert found(secret) is None
    assert tokens_of(owner.id)[0].expired


def test_a_token_is_dead_while_its_owner_is_suspended(owner: User):
    secret = make_token(owner)
    make_user(role=Role.ADMIN)
    people.suspend(owner.id, reason="Spam", by=None)
    db.session.commit()
    assert found(secret) is None
    people.restore(owner.id, by=None)
    db.session.commit()
    assert found(secret)


def test_a_token_goes_with_its_account(owner: User):
    secret = make_token(owner)
    account_deletion.delete(owner.id, by=None)
    db.session.commit()
    assert found(secret) is None


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["read:stories"]), ("x" * 101, ["read:stories"]), ("x", ["all"])]
)
def test_a_token_needs_a_name_and_something_to_do(owner: User, name: str, scopes: list[str]):
    with pytest.raises(InvalidInput):
        api_tokens.create(owner.id, name, scopes, by=by(owner))


def test_nobody_makes_tokens_without_end(owner: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api_tokens, "MOST", 1)
    make_token(owner)
    with pytest.raises(InvalidInput, match="Revoke one"):
        make_token(owner)
