"""Where the processes come from that speak with espeak-ng.

One process has Python, the library and its data loaded and speaks nothing itself: it forks a
child for each narration, which therefore starts in milliseconds, and as fresh as one that had
loaded all of it. It ends with the process that made it.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")


class Nursery:
    """Makes children; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._owner = 0

    def child(self, job: bytes, complaints: IO[bytes]) -> "Child":
        """Have a new child do `job`; what it writes to standard error goes to `complaints`.

        A nursery that has died is made anew.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            files = [theirs.fileno(), complaints.fileno()]
            with self._lock:
                if not self._is_open():
                    self._open()
                assert self._line is not None
                try:
                    socket.send_fds(self._line, [b"+"], files)
                except OSError:
                    self._open()
                    socket.send_fds(self._line, [b"+"], files)
        child = Child(ours)
        child.send(job)
        return child

    def _is_open(self) -> bool:
        # A process that was forked from ours has our line, but needs a nursery of its own.
        ours = self._process is not None and self._owner == os.getpid()
        return ours and self._process is not None and self._process.poll() is None

    def _open(self) -> None:
        """Start it: no open connection and no secret of ours reaches it.

        Its own session keeps Ctrl-C in a terminal from ending it behind our back.
        """
        if self._line is not None:
            self._line.close()
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.voices.espeak_process"],
                cwd=ROOT,
                env={**kept, "PYTHONUTF8": "1", "MALLOC_ARENA_MAX": "2"},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._owner = os.getpid()


class Child:
    """One process that speaks; use as a context manager, which ends it."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.pid = 0
        """Known as soon as it says so, and 0 again when it has ended."""

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.line.close()
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def send(self, job: bytes) -> None:
        """Give it its job; one that died at once tells by its silence."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.line.sendall(job)
            self.line.shutdown(socket.SHUT_WR)

    def receive(self) -> bytes:
        """Return what it says next, or nothing when it has ended."""
        try:
            block = self.line.recv(1 << 16)
        except ConnectionResetError:
            block = b""
        if not block:
            self.pid = 0
        return block
