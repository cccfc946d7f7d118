"""Failures of commands, told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from click import ClickException
from sqlalchemy.exc import OperationalError

from errors import AppError
from extensions import db


@contextmanager
def told_in_words() -> Iterator[None]:
    """Let a planned failure within the block end the command with its words, nothing stored."""
    try:
        yield
    except AppError as error:
        db.session.rollback()
        raise ClickException(str(error)) from error
    except OperationalError as error:
        raise ClickException(
            "The database isn't answering. Start Earshot first (make run), then try again."
        ) from error
