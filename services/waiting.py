"""Reading what was fetched while somebody waits for it, and telling them when no child is free."""

from collections.abc import Iterator
from contextlib import contextmanager

from errors import TooMany
from services import sandbox


class Busy(TooMany):
    """Every child that reads has been at something else for as long as one would wait."""

    def __init__(self) -> None:
        super().__init__(
            "So many pages are being read for others now that this one had to wait too long. Try"
            " again in a minute."
        )


@contextmanager
def told() -> Iterator[None]:
    """Tell whoever waits for a page that it found no place.

    Raises:
        Busy: it didn't.
    """
    try:
        yield
    except sandbox.Busy:
        raise Busy from None
