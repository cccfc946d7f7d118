"""Folders that nobody else on the machine may read."""

import contextlib
import os
from pathlib import Path

from runtime import identity
from runtime.problem import StartProblem


def make_private(folder: Path) -> Path:
    """Make `folder` unless it exists, closed to other users; leave an existing one as it is.

    Where PostgreSQL has to run as another user, that user may pass through, not look around.

    Raises:
        StartProblem: the folder cannot be made.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another process may be faster
            folder.mkdir(mode=0o700)
            if identity.needs_another_user():
                folder.chmod(0o711)
    except OSError as error:
        raise _unusable(folder, error.strerror or "it failed") from error
    return folder


def check_writable(folder: Path) -> None:
    """Make sure that we may make files in `folder`.

    Raises:
        StartProblem: we may not.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, "not writable")


def _unusable(folder: Path, reason: str) -> StartProblem:
    return StartProblem(
        f"Cannot use the folder {folder} ({reason}). "
        "Choose one you may write to: DATA_DIR=/some/folder make run"
    )
