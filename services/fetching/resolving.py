"""Looking up the addresses of a host, in bounded time, and refusing those that are not public."""

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable

from services.fetching.addresses import Allowed, IPAddress, Target
from services.fetching.errors import BadAddress, NoSuchHost, NotPublic, TooSlow

Resolve = Callable[[str, float], list[IPAddress]]
"""Takes a host's name and seconds to wait; returns its addresses in the order to try them."""

MOST_LOOKUPS = 32
"""Names looked up at once. The system's resolver can't be stopped, so its threads are counted."""
_room = threading.BoundedSemaphore(MOST_LOOKUPS)


def system(host: str, seconds: float) -> list[IPAddress]:
    """Ask the system's resolver.

    Raises:
        NoSuchHost: it knows no address.
        TooSlow: it does not answer in time.
    """
    end = time.monotonic() + seconds
    if not _room.acquire(timeout=max(0.0, seconds)):
        raise TooSlow(host, seconds)
    answers: queue.SimpleQueue[list[IPAddress] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(_looked_up(host))
        finally:
            _room.release()

    threading.Thread(target=ask, daemon=True, name="lookup").start()
    try:
        found = answers.get(timeout=max(0.0, end - time.monotonic()))
    except queue.Empty:
        raise TooSlow(host, seconds) from None
    if not found:
        raise NoSuchHost(host)
    return found


def reachable(
    target: Target, allowed: Allowed, resolve: Resolve, seconds: float
) -> list[IPAddress]:
    """Return the addresses to connect to for `target`; every one of them may be.

    One private address among public ones is enough to refuse a host.

    Raises:
        BadAddress: no web site is expected on that port.
        NotPublic: the host is in a private network.
        NoSuchHost, TooSlow: its name can't be looked up.
    """
    if not allowed.may_use_port(target):
        raise BadAddress(f"Port {target.port} is not one that web sites use.")
    literal = target.literal
    found = [literal] if literal is not None else resolve(target.host, seconds)
    if not found:
        raise NoSuchHost(target.host)
    if not allowed.may_reach(target, found):
        raise NotPublic(target.host)
    return found


def _looked_up(host: str) -> list[IPAddress] | None:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    # A scope such as fe80::1%eth0 is cut off; link-local addresses are refused anyway.
    found = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    return list(dict.fromkeys(found))
