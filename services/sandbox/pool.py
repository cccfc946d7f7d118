"""The child processes of one process: started when needed, killed when they fail."""

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from services.articles import Article
from services.feeds.links import Candidate
from services.feeds.model import Feed, Unreadable

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
"""For one job, the start of its process included."""
LINKS_SECONDS = 8.0
PATIENCE = 20.0
"""How long somebody who looks at a page waits for a free child."""
MOST = 2
"""Children at once: reading is work for a processor."""
JOBS = 400
"""After so many a child is replaced, so that no library's leak grows for ever."""
IDLE = 20.0
"""Seconds after which a child that nobody needs is let go."""
LARGEST_ANSWER = 64 * 1024 * 1024


class Failed(Exception):
    """Reading took too long, needed too much, or broke; the text is for readers."""


class Busy(Exception):
    """Every child has been at something else for as long as one would wait.

    Its words are in `services/waiting`: children load this file, and nothing that is large.
    """


def read_feed(
    body: bytes,
    content_type: str,
    url: str,
    seconds: float = SECONDS,
    patience: float | None = None,
) -> Feed:
    """Read a feed. `patience` is how long to wait for a free child; None is for ever.

    Raises:
        Unreadable: it is none.
        Failed: it could not be read within bounds.
        Busy: no child was free in time.
    """
    job = {"kind": "feed", "content_type": content_type, "url": url}
    return Feed.of(_pool.ask(job, body, seconds, patience)["feed"])


def read_article(
    page: bytes,
    url: str,
    charset: str = "",
    seconds: float = SECONDS,
    patience: float | None = None,
) -> Article:
    """Find the article in a page. `patience` is how long to wait for a free child.

    Raises:
        Failed: it could not be read within bounds.
        Busy: no child was free in time.
    """
    job = {"kind": "article", "url": url, "charset": charset}
    return Article.of(_pool.ask(job, page, seconds, patience)["article"])


def read_links(page: bytes, url: str, charset: str = "") -> list[Candidate]:
    """Find the feeds that a page names, for somebody who waits.

    Raises:
        Failed: it could not be read within bounds.
        Busy: no child was free in time.
    """
    job = {"kind": "links", "url": url, "charset": charset}
    return [Candidate(**one) for one in _pool.ask(job, page, LINKS_SECONDS, PATIENCE)["links"]]


class _Child:
    """One child process."""

    def __init__(self) -> None:
        # Only what Python needs to start: no secret of the site's settings.
        kept = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONHASHSEED", "HOME")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.sandbox.child"],
            cwd=ROOT,
            env={name: os.environ[name] for name in kept if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        self.jobs = 0
        self.rested = time.monotonic()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    def ask(self, message: bytes, seconds: float) -> bytes:
        """Send bytes and return the answer.

        Raises:
            TimeoutError: it did not come in time.
            OSError, ValueError: the child died, or answered more than it may.
        """
        self.jobs += 1
        end = time.monotonic() + seconds
        waiting = memoryview(message)
        answer = bytearray()
        with selectors.DefaultSelector() as both:
            both.register(self._out, selectors.EVENT_READ)
            both.register(self._in, selectors.EVENT_WRITE)
            while True:
                left = end - time.monotonic()
                ready = both.select(max(0.0, left)) if left > 0 else []
                if not ready:
                    raise TimeoutError
                for key, _ in ready:
                    if key.fd == self._in:
                        waiting = waiting[os.write(self._in, waiting[: 1 << 16]) :]
                        if not waiting:
                            both.unregister(self._in)
                        continue
                    piece = os.read(self._out, 1 << 20)
                    if not piece:
                        raise BrokenPipeError
                    answer += piece
                    size = int.from_bytes(answer[:4]) if len(answer) >= 4 else 0
                    if size > LARGEST_ANSWER:
                        raise ValueError
                    if len(answer) >= 4 + size > 4:
                        return bytes(answer[4:])

    def end(self) -> None:
        """End the process at once."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.kill()
        self._process.wait()


class _Pool:
    """Hands jobs to children."""

    def __init__(self) -> None:
        self._room = threading.BoundedSemaphore(MOST)
        self._lock = threading.Lock()
        self._resting: list[_Child] = []
        self._sweeping = False

    def ask(
        self, job: dict[str, Any], body: bytes, seconds: float, patience: float | None
    ) -> dict[str, Any]:
        """Have a job done; waiting for a free child has a time of its own.

        Pages that take long to read would otherwise hold ever more of a web server's threads.
        """
        head = json.dumps(job).encode()
        message = b"".join(len(one).to_bytes(4) + one for one in (head, body))
        if not self._room.acquire(timeout=patience):
            raise Busy
        try:
            found = self._done(message, seconds)
        finally:
            self._room.release()
        if "unreadable" in found:
            raise Unreadable(found["unreadable"], found["code"])
        if "failed" in found:
            raise Failed("It is broken in a way that nothing could be made of.")
        return found

    def _done(self, message: bytes, seconds: float) -> dict[str, Any]:
        child = self._take()
        try:
            answer: dict[str, Any] = json.loads(child.ask(message, seconds))
        except TimeoutError:
            child.end()
            raise Failed(f"It could not be read within {seconds:g} seconds.") from None
        except (OSError, ValueError):
            child.end()
            raise Failed("It needs more memory than may be spent on it.") from None
        except BaseException:
            child.end()
            raise
        self._give_back(child)
        return answer

    def _take(self) -> _Child:
        with self._lock:
            return self._resting.pop() if self._resting else _Child()

    def _give_back(self, child: _Child) -> None:
        if child.jobs >= JOBS:
            child.end()
            return
        child.rested = time.monotonic()
        with self._lock:
            self._resting.append(child)
            if not self._sweeping:
                self._sweeping = True
                threading.Thread(target=self._sweep, daemon=True, name="sandbox").start()

    def _sweep(self) -> None:
        """Let go of children that nobody needs, until none is left."""
        while True:
            time.sleep(IDLE / 4)
            with self._lock:
                late = time.monotonic() - IDLE
                old = [one for one in self._resting if one.rested < late]
                self._resting = [one for one in self._resting if one.rested >= late]
                if not self._resting:
                    self._sweeping = False
            for child in old:
                child.end()
            if not self._sweeping:
                return

    def close(self) -> None:
        """End every child that rests."""
        with self._lock:
            children, self._resting = self._resting, []
        for child in children:
            child.end()


_pool = _Pool()
atexit.register(_pool.close)
