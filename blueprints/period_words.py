"""How days, weeks and months are called."""

from datetime import date, timedelta

from queries.periods import Step


def short(period: date, step: Step) -> str:
    """Return a period as an axis has it."""
    if step is Step.MONTH:
        return f"{period:%b %Y}" if period.month == 1 else f"{period:%b}"
    return f"{period.day} {period:%b}"


def name_of(period: date, step: Step) -> str:
    """Return a period as a table has it."""
    if step is Step.MONTH:
        return f"{period:%B %Y}"
    if step is Step.WEEK:
        last = period + timedelta(days=6)
        return f"{period.day} {period:%b} to {last.day} {last:%b %Y}"
    return f"{period:%a} {period.day} {period:%b %Y}"
