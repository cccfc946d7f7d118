"""The web server: `python -m runtime.web`, with the settings of the environment."""

import gc
import multiprocessing
import os
import resource
import signal
import sys

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from app import create_app
from config import Settings
from runtime.child import follow

CONNECTIONS = 2048
LISTENERS = 240
"""Threads beyond those that work: each slow reader of a large file holds one.

They are made when needed and go after half a minute. The pool of connections, not their number,
bounds how much of the database a worker uses at once.
"""
STOP_SECONDS = 5
"""How long a stop waits for answers that are under way."""


def build() -> Flask:
    """Make the app, in a worker."""
    # The worker inherits the server's handlers, which would swallow a stop until the app is made.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    follow(os.getppid(), signal.SIGTERM)
    return create_app()


def main() -> None:
    """Serve until a signal ends it."""
    settings = Settings.from_environment()
    if sys.platform == "linux":
        # Workers share the memory of what is imported above.
        multiprocessing.set_start_method("fork")
        gc.freeze()
    allow_files(2 * CONNECTIONS)
    Server(
        "runtime.web:build",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.host,
        port=settings.port,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads + LISTENERS,
        # This counts connections, idle ones too.
        backpressure=CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    ).serve()


def allow_files(count: int) -> None:
    """Let us have that many files and connections open, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main()
