"""The addresses of the embedded PostgreSQL, for other processes too."""

import contextlib
import random
import socket
from pathlib import Path

from runtime.child import alive

NAME = "earshot"
"""The database, and the user who owns it."""
PORTS = (16_384, 32_000)
TRIES = 100


def owner_url(folder: Path, port: int, scheme: str = "postgresql") -> str:
    """Return the owner's address of the cluster in `folder`."""
    password = (folder / "password").read_text().strip()
    return f"{scheme}://{NAME}:{password}@127.0.0.1:{port}/{NAME}"


def running_url(data_dir: Path) -> str | None:
    """Return the owner's address, as psql takes it, of the server that runs on `data_dir`.

    None when none does. Another user of the machine gets None too.
    """
    folder = data_dir / "postgres"
    try:
        lines = (folder / "cluster" / "postmaster.pid").read_text().splitlines()
        server, port = int(lines[0]), int(lines[3])
        if alive(server) and _listens(port):
            return owner_url(folder, port)
    except (OSError, ValueError, IndexError):
        pass
    return None


def data_version(cluster: Path) -> int | None:
    """Return the major version of PostgreSQL that made the data; None when there is none."""
    try:
        return int((cluster / "PG_VERSION").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on just now.

    It lies below those that systems hand to outgoing connections, so that none of them takes it
    before a server does.
    """
    for _ in range(TRIES):
        port = random.randrange(*PORTS)  # noqa: S311
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError("No port is free on this machine.")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
