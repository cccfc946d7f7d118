"""Secrets that are made once and kept in files of their own."""

import contextlib
import os
import secrets
from pathlib import Path

from runtime.folder import make_private
from runtime.problem import StartProblem


def secret_key(data_dir: Path) -> str:
    """Return the key that signs sessions, made on the first call.

    Raises:
        StartProblem: the file cannot be read or written.
    """
    return kept_secret(make_private(data_dir) / "secret_key")


def kept_secret(path: Path) -> str:
    """Return what `path` holds, filled with a new random secret unless it exists.

    Several processes may ask at once: all get the same one. The text is safe in a URL.

    Raises:
        StartProblem: the file cannot be read or written.
    """
    try:
        if not path.exists():
            _make(path)
        return path.read_text().strip()
    except OSError as error:
        raise StartProblem(
            f"Cannot use the file {path} ({error.strerror}). "
            "Run Earshot as the user who owns that folder, or choose another DATA_DIR."
        ) from error


def _make(path: Path) -> None:
    # Written aside and then linked, so that no reader ever sees half of it and the first wins.
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()
