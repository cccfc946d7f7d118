"""A child of the supervisor that is started again when it ends by itself."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from runtime.child import spawn

LONGEST_DELAY = 30.0
STEADY = 60.0
"""Seconds a child must have lived for its next end to count as the first."""


class Backoff:
    """How long to wait before another try: twice as long each time, up to half a minute."""

    def __init__(self) -> None:
        self._tries = 0
        self._began = time.monotonic()

    def begin(self) -> None:
        """Note that a try begins."""
        self._began = time.monotonic()

    def delay(self) -> float:
        """Return the seconds to wait after the try that has just failed."""
        if time.monotonic() - self._began > STEADY:
            self._tries = 0
        self._tries += 1
        return min(0.25 * 2.0**self._tries, LONGEST_DELAY)


class Program:
    """One child: its words, its environment, and when to start it again."""

    def __init__(
        self, name: str, words: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self._words = words
        self._environment = environment
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = Backoff()
        self._due = 0.0

    @property
    def running(self) -> bool:
        """Return whether it is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it."""
        self._backoff.begin()
        self._process = spawn(self._words, env=self._environment, cwd=self._folder)

    def revive(self) -> str | None:
        """Start it again if it has ended and its time has come.

        Return what to log when its end has just been noticed.
        """
        if self.running:
            return None
        if self._process is None:
            if time.monotonic() >= self._due:
                self.start()
            return None
        code = self._process.returncode
        self.kill()
        delay = self._backoff.delay()
        self._due = time.monotonic() + delay
        self._process = None
        return f"{self.name} {ending(code)}; starting it again in {delay:g} s"

    def stop(self) -> None:
        """Ask it to finish what it does and end."""
        if self._process is not None and self.running:
            self._process.terminate()

    def kill(self) -> None:
        """End it and everything it has started, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def ending(code: int) -> str:
    """Return how a process ended, in words."""
    if code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended (code {code})"
