import threading

import pytest

from errors import InvalidInput
from services import passwords

GOOD = "correct horse battery"


def test_a_password_opens_what_was_made_of_it_and_nothing_else_does():
    stored = passwords.hash_password(GOOD)

    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(GOOD, stored)
    assert not passwords.matches(GOOD + " ", stored)
    assert not passwords.matches("", stored)


def test_any_unicode_will_do_and_composed_letters_equal_their_parts():
    stored = passwords.hash_password("Zo\u00eb \u6708\u592a\U0001f680 na\u00efve")

    assert passwords.matches("Zoe\u0308 \u6708\u592a\U0001f680 nai\u0308ve", stored)


def test_nobody_has_a_password_and_asking_takes_one_whole_hash(monkeypatch):
    checked = []
    real = passwords._hasher

    class Counting:
        def verify(self, stored, password):
            checked.append(stored)
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())

    assert not passwords.matches(GOOD, None)
    assert not passwords.matches("", None)
    assert len(checked) == 2
    assert not real.check_needs_rehash(checked[0])


@pytest.mark.parametrize("broken", ["x", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_hash_that_cannot_be_read_matches_nothing(broken):
    assert not passwords.matches(GOOD, broken)


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 10"),
        ("x" * 1001, "at most 1,000"),
        (" " * 12, "more than spaces"),
        ("Reader@Earshot.test", "other than your e-mail"),
        ("  reader@earshot.test ", "other than your e-mail"),
    ],
)
def test_a_password_that_is_too_easy_is_refused_in_words(password, words):
    with pytest.raises(InvalidInput, match=words):
        passwords.check(password, "reader@earshot.test")


@pytest.mark.parametrize("password", ["0123456789", "x" * 1000, "\u6708" * 10])
def test_lengths_up_to_the_limits_are_accepted(password):
    passwords.check(password, "reader@earshot.test")


def test_a_very_long_guess_is_wrong_and_not_an_error():
    assert not passwords.matches("x" * 500_000, passwords.hash_password("x" * 1000))


def test_made_up_passwords_are_good_ones_and_differ():
    one, other = passwords.generate(), passwords.generate()

    passwords.check(one)
    assert one != other
    assert len(one) == 23


def test_when_no_turn_comes_up_it_says_so_instead_of_waiting_for_ever(monkeypatch):
    monkeypatch.setattr(passwords, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "_PATIENCE", 0.01)

    with passwords._turn(), pytest.raises(passwords.Busy, match="Try again"):
        passwords.matches(GOOD, None)
    assert not passwords.matches(GOOD, None)


def test_hashes_with_other_parameters_are_found_out(monkeypatch):
    cheap = passwords.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    stored = cheap.hash(GOOD)

    assert passwords.matches(GOOD, stored)
    assert passwords.is_dated(stored)
    assert not passwords.is_dated(passwords.hash_password(GOOD))
