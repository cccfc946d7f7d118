"""Connections that go to the addresses that were checked, and end when their time is over."""

import ssl
import time
from collections.abc import Iterable
from functools import cache
from typing import Any

import certifi
import httpcore

from services.fetching.addresses import IPAddress
from services.fetching.limits import CONNECT


class OutOfTime(Exception):
    """The time for the whole fetch is over."""


class OverTheWire(Exception):
    """More has come over the connection than the body may have."""


class Budget:
    """What is left of one fetch's time and bytes, over all its connections."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._end = time.monotonic() + seconds
        self._bytes_left = most_bytes

    def seconds(self, at_most: float | None = None) -> float:
        """Return how long something may wait now.

        Raises:
            OutOfTime: not at all.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left if at_most is None else min(left, at_most)

    def spend(self, count: int) -> None:
        """Count bytes that came.

        Raises:
            OverTheWire: too many by now.
        """
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise OverTheWire


class _Stream(httpcore.NetworkStream):
    """A connection of which every wait is within the budget, so that dripping does not help."""

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self._inner = inner
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._budget.seconds(timeout))
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._budget.seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(
            ssl_context, server_hostname, self._budget.seconds(timeout or CONNECT)
        )
        return _Stream(secured, self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Pinned(httpcore.NetworkBackend):
    """Connects to given addresses whatever name is asked for: nothing is looked up again."""

    def __init__(self, addresses: list[IPAddress], budget: Budget) -> None:
        self._addresses = addresses
        self._budget = budget
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  (that is the point)
        port: int,
        timeout: float | None = None,  # noqa: ARG002
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that takes it."""
        trouble: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._inner.connect_tcp(
                    str(address),
                    port,
                    self._budget.seconds(CONNECT),
                    local_address,
                    socket_options or [],
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
                continue
            return _Stream(stream, self._budget)
        raise trouble


@cache
def trust() -> ssl.SSLContext:
    """Return whom to believe: the system's authorities and those that come with certifi."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
