"""What every form, and every text field of one, passes through."""

import re
from typing import Any

from flask import request
from flask_wtf import FlaskForm

# PostgreSQL has no NUL in text, and the other control characters are never typed.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Form(FlaskForm):
    """A form of words: a file or JSON sent in the place of one of its fields is nothing to it.

    Whoever takes files reads them from the request.
    """

    def __init__(self, **values: Any) -> None:
        values.setdefault("formdata", request.form if request.method == "POST" else None)
        super().__init__(**values)


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
