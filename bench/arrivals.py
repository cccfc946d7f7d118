"""A thousand sources due at once, and one host that is slow: how long, and in how much memory?

python -m bench.arrivals [SOURCES]
"""

import contextlib
import http.server
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import text

from bench.house import House, house

SOURCES = 1000
HOSTS = 20
SLOW = 10
"""Sources at a host that takes longer than a fetch may."""
TIMEOUT = 3.0
ITEMS = 20
ITEM = (
    "<item><title>Story {n} of {path}</title><link>http://news.test{path}/{n}</link>"
    "<guid>{path}/{n}</guid><pubDate>Mon, 02 Mar 2026 08:{n:02}:00 GMT</pubDate>"
    "<description>&lt;p&gt;{words}&lt;/p&gt;</description></item>"
)
WORDS = "The queue reached the fish market before seven, and nobody had expected a crowd. " * 8


class _Feeds(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer with a feed of the path's own."""
        items = "".join(ITEM.format(n=n, path=self.path, words=WORDS) for n in range(ITEMS))
        body = f'<rss version="2.0"><channel><title>{self.path}</title>{items}</channel></rss>'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Slow(_Feeds):
    def do_GET(self) -> None:
        """Drip."""
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(60):
                self.wfile.write(b"<")
                self.wfile.flush()
                time.sleep(1)


def main(count: int = SOURCES) -> None:
    """Let one worker visit all of them, and watch it."""
    servers = [_serve(_Feeds) for _ in range(HOSTS)]
    slow = _serve(_Slow)
    with house() as place:
        _follow(place, [f"127.0.0.1:{servers[n % HOSTS]}" for n in range(count)], "/feed")
        _follow(place, [f"127.0.0.1:{slow}"] * SLOW, "/slow")
        began = time.monotonic()
        worker = _worker(place)
        most, fast = 0, 0.0
        while _open(place, "/slow"):
            time.sleep(0.5)
            most = max(most, _memory(worker.pid))
            if not fast and not _open(place, "/feed"):
                fast = time.monotonic() - began
        taken = time.monotonic() - began
        worker.terminate()
        worker.wait()
        stories = _value(place, "SELECT count(*) FROM news_history")
        failed = _value(place, "SELECT count(*) FROM sources WHERE failures > 0")
    print(f"{count} sources and {stories} stories in {fast:.0f} s: {count / fast:.0f} a second")
    print(f"{SLOW} sources of a slow host ended after {taken:.0f} s; {failed} failed, as they must")
    print(f"most memory of the worker and its children: {most / 1e6:.0f} MB")


def _serve(handler: type[_Feeds]) -> int:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def _follow(place: House, hosts: list[str], path: str) -> None:
    with place.connection() as connection:
        for number, host in enumerate(hosts):
            connection.execute(
                text(
                    "WITH owner AS (INSERT INTO users (email) VALUES (:email)"
                    " ON CONFLICT DO NOTHING RETURNING id)"
                    " INSERT INTO sources (user_id, url, host) SELECT coalesce("
                    "(SELECT id FROM owner), (SELECT id FROM users WHERE email = :email)),"
                    " :url, :host"
                ),
                {
                    "email": f"reader{number % 50}@bench.test",
                    "url": f"http://{host}{path}{number}",
                    "host": host,
                },
            )
        connection.commit()


def _worker(place: House) -> subprocess.Popen[bytes]:
    settings = place.app.config["SETTINGS"]
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker"],
        cwd=Path(__file__).parents[1],
        env={
            **os.environ,
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "DATA_DIR": str(place.folder),
            "SECRET_KEY": "only for the bench",
            "FETCH_ALLOWED_HOSTS": "127.0.0.0/8",
            "FETCH_TIMEOUT": str(TIMEOUT),
            "LOG_LEVEL": "error",
        },
    )


def _open(place: House, path: str) -> int:
    where = f"SELECT count(*) FROM sources WHERE url LIKE '%{path}%' AND tried_at IS NULL"
    return _value(place, where)


def _value(place: House, statement: str) -> int:
    with place.connection() as connection:
        return int(connection.execute(text(statement)).scalar_one())


def _memory(pid: int) -> int:
    """Return what a process and its children hold, shared pages counted once a process."""
    import psutil

    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return sum(one.memory_full_info().pss for one in family)
    except psutil.Error:
        return 0


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
