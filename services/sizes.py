"""Bytes in words."""

import math

from config import MEGABYTE


def size(count: int | None) -> str:
    """Return bytes as people read them: 900 B, 12 kB, 1.9 MB."""
    value = float(count or 0)
    if value < 1000:
        return f"{int(value)} B"
    for unit in ("kB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            return f"{value:.1f} {unit}" if value < 9.95 and unit != "kB" else f"{value:.0f} {unit}"
    return ""


def megabytes(size: int) -> str:
    """Return a size as limits are written: 20 MB, 0.3 MB.

    Rounded up, so that what is over a limit never reads like the limit itself.
    """
    return f"{math.ceil(size * 10 / MEGABYTE) / 10:.1f}".removesuffix(".0") + " MB"
