import pytest
from sqlalchemy import func, select

import scope
from errors import InvalidInput, NotFound
from extensions import db
from models import UsageMetric, User
from services import account_tokens, accounts, passwords
from services.account_tokens import LinkDead
from services.accounts import WrongCredentials, WrongPassword
from tests.factories import PASSWORD, make_user

NEW = "another good password"


@pytest.fixture(autouse=True)
def as_accounts(transaction):
    scope.enter(scope.ACCOUNTS)


@pytest.fixture
def person(as_accounts):
    return someone("Reader@Earshot.test")


def someone(email, **columns):
    with scope.acting(scope.OWNER):
        return make_user(email, **columns).id


def column(user_id, name):
    return db.session.scalar(select(getattr(User, name)).where(User.id == user_id))


@pytest.mark.parametrize(
    "typed",
    ["a@b.test", "admin@localhost", "o'brien+news@sub.example.test", "j\u00f6rg@m\u00fcller.test"],
)
def test_ordinary_addresses_are_kept_as_typed(typed):
    assert accounts.check_email(f"  {typed}\n") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a@b@c",
        "a b@c.test",
        "a@b\x00.test",
        "a@b\u200b.test",
        "a@b.test\nBcc: c@d.test",
        "a@b.test,c@d",
        "<a@b.test>",
        "x" * 250 + "@b.test",
    ],
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(InvalidInput):
        accounts.check_email(typed)


def test_the_right_password_opens_the_account_whatever_case_the_address_has(person):
    account = accounts.authenticate(" reader@EARSHOT.test ", PASSWORD)

    assert account.id == person
    assert account.email == "Reader@Earshot.test"
    assert column(person, "last_seen_at") is not None
    assert db.session.scalars(select(UsageMetric.action)).all() == ["signed_in"]


def test_every_refusal_reads_alike_and_checks_one_hash(person, monkeypatch):
    someone("suspended@earshot.test", suspended_at=func.now())
    checks = count_checks(monkeypatch)
    answers = set()

    for email, password in [
        ("Reader@Earshot.test", "not the password"),
        ("nobody@earshot.test", PASSWORD),
        ("suspended@earshot.test", PASSWORD),
        ("no address at all", PASSWORD),
        ("a@b\x00.test", PASSWORD),
    ]:
        with pytest.raises(WrongCredentials) as refusal:
            accounts.authenticate(email, password)
        answers.add(str(refusal.value))

    assert len(answers) == 1
    assert len(checks) == 5


def count_checks(monkeypatch):
    checks = []
    real = passwords._hasher.__class__.verify

    def verify(self, stored, password):
        checks.append(stored)
        return real(self, stored, password)

    monkeypatch.setattr(passwords._hasher.__class__, "verify", verify)
    return checks


def test_an_account_without_a_password_cannot_be_opened_by_one(as_accounts, monkeypatch):
    user_id = someone("passwordless@earshot.test")
    with scope.acting(scope.OWNER):
        db.session.get_one(User, user_id).password_hash = None
        db.session.commit()
    checks = count_checks(monkeypatch)

    for guess in ("", PASSWORD):
        with pytest.raises(WrongCredentials):
            accounts.authenticate("passwordless@earshot.test", guess)

    assert len(checks) == 2


def test_an_old_hash_is_renewed_at_the_next_sign_in(person):
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    accounts._update(person, {"password_hash": cheap.hash(PASSWORD)})

    account = accounts.authenticate("reader@earshot.test", PASSWORD)

    assert not passwords.is_dated(column(person, "password_hash"))
    assert column(person, "session_epoch") == account.session_epoch
    assert accounts.authenticate("reader@earshot.test", PASSWORD)


def test_changing_the_password_ends_sessions_and_links(person):
    secret, _ = account_tokens.issue_reset("reader@earshot.test")

    epoch = accounts.change_password(person, PASSWORD, NEW)

    assert epoch == 2
    assert accounts.authenticate("reader@earshot.test", NEW).session_epoch == 2
    with pytest.raises(WrongCredentials):
        accounts.authenticate("reader@earshot.test", PASSWORD)
    with pytest.raises(LinkDead):
        accounts.reset_password(secret, NEW)


def test_changing_needs_the_current_password_and_a_good_new_one(person):
    with pytest.raises(WrongPassword):
        accounts.change_password(person, "not the password", NEW)
    with pytest.raises(InvalidInput, match="at least 10"):
        accounts.change_password(person, PASSWORD, "short")
    with pytest.raises(InvalidInput, match="other than your e-mail"):
        accounts.change_password(person, PASSWORD, "READER@earshot.test")

    assert column(person, "session_epoch") == 1


def test_a_mailed_link_sets_the_password_once_and_ends_sessions(person):
    first, _ = account_tokens.issue_reset("reader@earshot.test")
    second, _ = account_tokens.issue_reset("reader@earshot.test")

    assert accounts.reset_password(first, NEW).id == person

    assert accounts.authenticate("reader@earshot.test", NEW).session_epoch == 2
    for secret in (first, second):
        with pytest.raises(LinkDead):
            accounts.reset_password(secret, "yet another password")


def test_ending_sessions_raises_the_epoch(person):
    assert accounts.end_sessions(person) == 2
    assert accounts.end_sessions(person) == 3


def test_nobody_is_found_under_an_unknown_address():
    with pytest.raises(NotFound, match=r"nobody@earshot\.test"):
        accounts.find_by_email("nobody@earshot.test")
