"""What every text field of a form passes through."""

import re

# PostgreSQL has no NUL in text, and the other control characters are never typed.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clean_line(text: str | None) -> str | None:
    """Return one line without control characters and without space around it."""
    if text is None:
        return None
    return re.sub(r"\s*[\r\n\t]+\s*", " ", _CONTROL.sub("", text)).strip()


def clean_text(text: str | None) -> str | None:
    """Return a text of several lines, its ends of line as \\n, without control characters."""
    if text is None:
        return None
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
