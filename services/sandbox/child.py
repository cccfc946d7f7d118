"""The child process: reads one job after another from its input until that is closed.

A message is its length in four bytes and then itself. A job is two messages, what to do as JSON
and the bytes to do it to; the answer is one, as JSON.
"""

import contextlib
import json
import os
import resource
import sys
from typing import Any, BinaryIO

MEMORY = 1536 * 1024 * 1024
"""Address space, libraries included."""


def main() -> None:
    """Answer jobs."""
    limit()
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    while (head := receive(source)) is not None:
        body = receive(source) or b""
        send(target, json.dumps(answer(json.loads(head), body)).encode())


def limit() -> None:
    """Give up what reading does not need."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    sys.setrecursionlimit(3000)


def answer(job: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Do one job; whatever goes wrong becomes an answer too."""
    from services.feeds.model import Unreadable

    try:
        if job["kind"] == "article":
            from services import articles

            return {"article": articles.extract(body, job["url"], job["charset"]).as_plain()}
        if job["kind"] == "links":
            from services.feeds import links

            found = links.links_in(body, job["url"], job["charset"])
            return {"links": [one.as_plain() for one in found]}
        from services.feeds import parsing

        return {"feed": parsing.parse(body, job["content_type"], job["url"]).as_plain()}
    except Unreadable as error:
        return {"unreadable": str(error), "code": error.code}
    except (Exception, MemoryError) as error:
        return {"failed": type(error).__name__}


def receive(source: BinaryIO) -> bytes | None:
    """Read a message; None at the end."""
    size = source.read(4)
    if len(size) < 4:
        return None
    return source.read(int.from_bytes(size))


def send(target: BinaryIO, message: bytes) -> None:
    """Write a message."""
    target.write(len(message).to_bytes(4) + message)
    target.flush()


if __name__ == "__main__":
    main()
