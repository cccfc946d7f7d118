"""A web site on loopback that answers as told, also as no proper server would."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Answer = bytes | Iterable[bytes]


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)


@dataclass
class Web:
    """The site; `pages` says what is answered, by path, or by "*" for any."""

    port: int
    pages: dict[str, Answer | Callable[[Asked], Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    """Bytes that were sent in all."""

    @property
    def place(self) -> str:
        """Return host:port, as FETCH_ALLOWED_HOSTS takes it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"http://{host}:{self.port}{path}"

    def times(self, path: str) -> int:
        """Count how often a page was asked for."""
        return sum(one.path == path for one in self.asked)


def reply(
    body: bytes | str = b"", status: int = 200, type: str = "text/html", **headers: str
) -> bytes:
    """Write a whole answer; a header's underscores stand for hyphens."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(raw)}", "Connection: close"]
    if type:
        lines.append(f"Content-Type: {type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


def redirect(location: str, status: int = 302) -> bytes:
    """Write an answer that leads elsewhere."""
    return reply(status=status, Location=location)


@contextmanager
def serving(host: str = "127.0.0.1", wrap: Callable | None = None) -> Iterator[Web]:
    """Run a site within the block; `wrap` makes another socket of each connection."""
    listener = socket.create_server((host, 0), backlog=128)
    web = Web(listener.getsockname()[1])
    stopping = threading.Event()

    def accept() -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(20)
            if wrap is not None:
                connection = wrap(connection)
            head = b""
            while b"\r\n\r\n" not in head:
                if not (chunk := connection.recv(4096)):
                    return
                head += chunk
            first, *rest = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
            pairs = (line.partition(":") for line in rest)
            asked = Asked(first.split()[1], {k.lower(): v.strip() for k, _, v in pairs})
            web.asked.append(asked)
            page = web.pages.get(asked.path.partition("?")[0], web.pages.get("*"))
            page = page(asked) if callable(page) else page
            if page is None:
                page = reply("Nothing here", 404)
            for piece in [page] if isinstance(page, bytes) else page:
                if stopping.is_set():
                    return
                connection.sendall(piece)
                web.sent += len(piece)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass

    threading.Thread(target=accept, daemon=True).start()
    yield web
    stopping.set()
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
