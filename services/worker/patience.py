"""Going on when the database is away."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

log = logging.getLogger(__name__)
Result = TypeVar("Result")

SHORTEST, LONGEST = 0.25, 5.0
"""Seconds between two tries."""


def is_away(error: Exception) -> bool:
    """Say whether the database could not be reached, rather than that it refused."""
    return isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def insist(action: Callable[[], Result], stopping: Callable[[], bool]) -> Result:
    """Do it again until the database answers, or the worker is asked to stop.

    The action must bear being done twice: the answer to a commit may have been what was lost.

    Raises:
        DBAPIError: it refused, or the worker is to stop while it is away.
    """
    wait = SHORTEST
    while True:
        try:
            return action()
        except DBAPIError as error:
            if not is_away(error) or stopping():
                raise
            log.warning("the database is away; trying again in %g s", wait)
        pause(wait, stopping)
        wait = min(2 * wait, LONGEST)


def pause(seconds: float, stopping: Callable[[], bool]) -> None:
    """Sleep, but no longer than until the worker is asked to stop."""
    end = time.monotonic() + seconds
    while not stopping() and (left := end - time.monotonic()) > 0:
        time.sleep(min(0.1, left))
