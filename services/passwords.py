"""Passwords: which are accepted, and how they are kept."""

import os
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from errors import AppError, InvalidInput

SHORTEST = 10
LONGEST = 1000
"""In characters, after normalisation."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# One hash takes 19 MiB and all of a core for about 30 ms, so more at once than there are
# cores would only slow each other down, and a flood of them would fill the memory.
_turns = BoundedSemaphore(max(2, os.cpu_count() or 2))
_PATIENCE = 10.0

_GENERATED_FROM = "abcdefghjkmnpqrstuvwxyz23456789"


class Busy(AppError):
    """More people are signing in than this machine can check at once."""

    status = 503


def check(password: str, email: str = "") -> None:
    """Refuse a new password that is too short, too long or the e-mail address itself.

    Raises:
        InvalidInput: says which it is.
    """
    length = len(_normal(password))
    if length < SHORTEST:
        raise InvalidInput(f"That is {length} of at least {SHORTEST} characters.")
    if length > LONGEST:
        raise InvalidInput(f"Use at most {LONGEST:,} characters.")
    if not password.strip():
        raise InvalidInput("Use more than spaces.")
    if email and _normal(password).strip().casefold() == email.strip().casefold():
        raise InvalidInput("Use something other than your e-mail address.")


def hash_password(password: str) -> str:
    """Return what is stored of `password`.

    Raises:
        Busy: no turn came up in ten seconds.
    """
    with _turn():
        return _hasher.hash(_normal(password))


def matches(password: str, stored: str | None) -> bool:
    """Say whether `password` is the one behind `stored`.

    Takes as long when nothing is stored, so that time tells nobody who has an account.

    Raises:
        Busy: no turn came up in ten seconds.
    """
    with _turn():
        try:
            return _hasher.verify(stored or _NOBODY, _normal(password)[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False


def is_dated(stored: str) -> bool:
    """Say whether `stored` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def generate() -> str:
    """Make a password that can be read aloud: four groups of five, 99 bits."""
    groups = ("".join(secrets.choice(_GENERATED_FROM) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def _normal(password: str) -> str:
    # The same letters may be typed as different code points on another keyboard.
    return unicodedata.normalize("NFKC", password)


def _nobodys_hash() -> str:
    """Return a hash with today's parameters that no password has."""
    salt = b64encode(bytes(_hasher.salt_len)).decode().rstrip("=")
    digest = b64encode(bytes(_hasher.hash_len)).decode().rstrip("=")
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


_NOBODY = _nobodys_hash()


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE):
        raise Busy("Many people are signing in right now. Try again in a moment.")
    try:
        yield
    finally:
        _turns.release()
