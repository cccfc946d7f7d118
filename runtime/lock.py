"""A lock that says whether any process still uses a folder."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from runtime.child import alive
from runtime.problem import StartProblem

PATIENCE = 30.0


class FolderLock:
    """Held by us and by every program that inherits its handle, until the last of them ends.

    So it outlives us by just as long as what we started does, and is never stale.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.handle = -1

    def take(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Lock the folder; wait only for the programs of a holder that is gone.

        Raises:
            StartProblem: a living process holds it.
        """
        self.release()
        handle = self._open()
        try:
            self._wait(handle, pause)
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
        except BaseException:
            os.close(handle)
            raise
        self.handle = handle

    def release(self) -> None:
        """Let go of our share of it."""
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartProblem(
                f"Cannot write to {self.path.parent} ({error.strerror}). Run Earshot as the "
                "user who owns that folder, or choose another: DATA_DIR=/some/folder make run"
            ) from error

    def _wait(self, handle: int, pause: Callable[[float], None]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = int(os.pread(handle, 20, 0) or 0)
                if holder not in (0, os.getpid()) and alive(holder):
                    raise StartProblem(
                        f"Process {holder} already runs the database in {self.path.parent}. "
                        "Stop it first, or choose another folder: DATA_DIR=/some/folder make run"
                    ) from None
                if time.monotonic() > deadline:
                    raise StartProblem(
                        f"What used {self.path.parent} last has not ended yet. "
                        "Try again in a minute."
                    ) from None
            pause(0.05)
