"""How the numbers of charts read."""

from blueprints.charting import Unit
from presentation import number, size


def listened(seconds: float) -> str:
    """Say how long somebody listened: 40 s, 12 min, 3 h 20 min."""
    if round(seconds) < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{number(hours)} h {rest} min" if rest and hours < 100 else f"{number(hours)} h"


def short(value: float) -> str:
    """Return a number as an axis has it: 950, 12k, 3.4M."""
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.1f}".removesuffix(".0") + letter
    return f"{value:g}"


def _signed_size(value: float) -> str:
    return f"−{size(round(-value))}" if value < 0 else size(round(value))


WHOLE = Unit(lambda value: number(round(value)), short)
BYTES = Unit(_signed_size, _signed_size)
HOURS = Unit(listened, lambda seconds: f"{seconds / 3600:g} h", scale=3600)
MINUTES = Unit(listened, lambda seconds: f"{seconds / 60:g} min", scale=60)


def whole(_: float) -> Unit:
    """Return the unit of what is counted."""
    return WHOLE


def stored(_: float) -> Unit:
    """Return the unit of bytes."""
    return BYTES


def heard(most: float) -> Unit:
    """Return the unit of times up to `most` seconds."""
    return HOURS if most >= 2 * 3600 else MINUTES
