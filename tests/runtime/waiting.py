"""Waiting for what other processes do, with a limit."""

import time
from collections.abc import Callable

LIMIT = 30.0


def until(done: Callable[[], object]) -> None:
    """Return once `done()` is true."""
    deadline = time.monotonic() + LIMIT
    while not done():
        assert time.monotonic() < deadline, f"not within {LIMIT:g} s"
        time.sleep(0.02)
