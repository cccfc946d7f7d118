"""The worker: takes queued narrations one by one, has them spoken and stores them.

The generation history is its queue. A worker claims an attempt in one short transaction, holds
none while a voice speaks, says every few seconds that it is still there, and finishes only what
it still holds. Any number of workers may run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.exc import DBAPIError

import scope
from errors import let_go
from extensions import db


@contextmanager
def transaction(reader: UUID | None = None) -> Iterator[None]:
    """One short transaction of the worker, committed at the end of the block.

    With `reader` it is done in their name and sees only what is theirs.
    """
    try:
        with scope.acting(scope.READER if reader else scope.WORKER, reader):
            yield
            db.session.commit()
    except DBAPIError:
        let_go()  # a connection that has died must not stay in the session
        raise
