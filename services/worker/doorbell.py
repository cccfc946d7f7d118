"""Waiting for work: PostgreSQL tells of it, a signal ends the wait, and so does time."""

import contextlib
import logging
import select
import signal
import socket
import time

import psycopg

log = logging.getLogger(__name__)

CHANNEL = "earshot_generations"
STOPS = (signal.SIGTERM, signal.SIGINT)
RECONNECT = 5.0
"""Seconds before a lost connection for listening is made anew; the clock stands in for it."""


class Doorbell:
    """Listens on a connection of its own. Signals only for the main thread of a process."""

    def __init__(self, address: str) -> None:
        """Prepare to listen at the database of that address; the first wait connects."""
        self._address = address
        self._connection: psycopg.Connection | None = None
        self._not_before = 0.0
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._stopping = False

    def stopping(self) -> bool:
        """Say whether somebody asked us to stop."""
        return self._stopping

    def heed_signals(self) -> None:
        """Let SIGTERM and Ctrl-C end the wait, and be told by `stopping` from then on."""
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        for number in STOPS:
            signal.signal(number, lambda *_: self.stop())

    def stop(self) -> None:
        """Ask for the end, from anywhere."""
        self._stopping = True
        self.ring()

    def ring(self) -> None:
        """End the wait, from any thread."""
        with contextlib.suppress(BlockingIOError):
            self._writing.send(b"\0")

    def wait(self, seconds: float) -> None:
        """Wait until there may be work, a signal came, or the time is over."""
        connection = self._listening()
        sources = [self._reading.fileno()] + ([connection.fileno()] if connection else [])
        if self._stopping or not (ready := select.select(sources, [], [], seconds)[0]):
            return
        if sources[0] in ready:
            with contextlib.suppress(BlockingIOError):
                self._reading.recv(4096)
        if connection is not None and sources[1] in ready:
            self._hear(connection)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection | None:
        if self._connection is None and time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + RECONNECT
            try:
                self._connection = psycopg.connect(
                    self._address, autocommit=True, connect_timeout=5, prepare_threshold=None
                )
                self._connection.execute(f"LISTEN {CHANNEL}")
            except psycopg.Error as error:
                log.warning("cannot listen for work: %s", type(error).__name__)
                self.close()
        return self._connection

    def _hear(self, connection: psycopg.Connection) -> None:
        try:
            for _ in connection.notifies(timeout=0):
                pass
        except psycopg.Error:
            self.close()
