"""Bytes in words."""


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
