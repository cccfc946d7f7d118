"""How often one address and one client may try, at each of the doors."""

from datetime import timedelta

from flask import request

from services.throttle import Counter, Limit, client_name

_PER_ADDRESS = Limit("sign-in", 10)
_PER_CLIENT = Limit("sign-in-from", 60)
_REFUSED_ADDRESSES = Limit("register-from", 20)
_LINKS_TO_ADDRESS = Limit("forgot", 5, timedelta(hours=1))
_LINKS_FROM_CLIENT = Limit("forgot-from", 30, timedelta(hours=1))


def sign_in(email: str) -> tuple[Counter, Counter]:
    """Return the counters of failed sign-ins, of the address and of who asks."""
    return _PER_ADDRESS.of(email), _PER_CLIENT.of(_client())


def taken_addresses() -> Counter:
    """Return the counter of who finds out by registering which addresses are taken."""
    return _REFUSED_ADDRESSES.of(_client())


def links(email: str) -> tuple[Counter, Counter]:
    """Return the counters of links asked for, to the address and by who asks."""
    return _LINKS_TO_ADDRESS.of(email), _LINKS_FROM_CLIENT.of(_client())


def _client() -> str:
    return client_name(request.remote_addr)
