"""The port that the site is served on."""

import errno
import socket
from pathlib import Path

from runtime.address import running_url
from runtime.problem import StartProblem


def check_free(host: str, port: int, data_dir: Path) -> None:
    """Make sure that we may listen there.

    Raises:
        StartProblem: somebody does, it needs more rights, or it is no address of ours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as error:
        raise StartProblem(_words(error, host, port, data_dir)) from error


def local_address(host: str) -> str:
    """Return where a server that listens on `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _words(error: OSError, host: str, port: int, data_dir: Path) -> str:
    if error.errno == errno.EADDRINUSE:
        if running_url(data_dir):
            return f"Earshot already runs on {data_dir}: stop that one first (port {port})."
        return f"Port {port} is taken: PORT={port + 1} make run"
    if error.errno == errno.EACCES:
        return f"Port {port} is only for root: PORT=8000 make run"
    return f"HOST={host} is no address of this machine: HOST=127.0.0.1 make run"
