"""What may stop Earshot from starting, in words for the person who started it."""

from click import ClickException

SAID = 3
"""The exit code of a child that has told its problem itself."""


class StartProblem(ClickException):
    """Earshot cannot start or go on, for a reason we planned for.

    `str(problem)` is one line that says what happened and what to do; a flask command that
    meets one prints that line and ends with 1.
    """
