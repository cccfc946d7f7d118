"""Waiting, while signals say what has happened."""

import select
import signal
import socket
import time

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN = 0.5
"""Seconds before Ctrl-C counts as a second one: process managers send the same signal twice."""


class Stopped(BaseException):
    """Somebody asked us to stop."""


class Signals:
    """Turns signals into the end of a pause. Only for the main thread of a process."""

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._first: float | None = None
        self._pending = False
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in STOPS:
            signal.signal(number, lambda number, _: self._asked(number))

    def pause(self, seconds: float) -> None:
        """Wait until the time is over, a child has ended, or somebody wants us to stop.

        Raises:
            Stopped: at the first wish to stop, and at each later Ctrl-C.
        """
        if not self._pending and select.select([self._reading], [], [], seconds)[0]:
            self._reading.recv(4096)
        if self._pending:
            self._pending = False
            raise Stopped

    def _asked(self, number: int) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now
            self._pending = True
        elif number == signal.SIGINT and now - self._first > AGAIN:
            self._pending = True
