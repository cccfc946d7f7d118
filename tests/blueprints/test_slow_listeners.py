"""People on slow lines, in front of the real web server."""

import http.client
import os
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

import scope
from runtime.address import free_port
from services.storage import open_storage
from tests.conftest import signed_in
from tests.factories import make_user
from tests.servers.fixtures import PATIENCE, wait_until
from tests.stored import make_stored_track

MEGABYTE = 1024 * 1024
STREAMED = bytes(range(256)) * 4 * 1024 * 24
CACHED = STREAMED[: 12 * MEGABYTE]


class Site(NamedTuple):
    """A running server, who is signed in, and what they can listen to."""

    port: int
    cookie: str
    sounds: list[str]
    pid: int

    def open_objects(self):
        """Return the stored files that the server's processes hold open."""
        found = []
        for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
            with suppress(OSError):
                found += [
                    name
                    for file in Path(f"/proc/{pid}/fd").iterdir()
                    if "/objects/audio/" in (name := str(file.readlink()))
                ]
        return found


@pytest.fixture
def site(live_app, tmp_path):
    """Serve a reader's two sounds; one is streamed from storage, one comes from the cache."""
    settings = live_app.config["SETTINGS"]
    with live_app.app_context():
        scope.enter(scope.OWNER)
        reader = make_user()
        sounds = [
            f"/audio/{make_stored_track(reader, data=data).id}/stream"
            for data in (STREAMED, CACHED)
        ]
        cookie = signed_in(live_app, reader).get_cookie("earshot").value
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "BASE_URL": "http://localhost",
        "PORT": str(port),
        "WEB_WORKERS": "1",
        # Also the size of the pool: whoever held a connection while listening would be noticed.
        "WEB_THREADS": "2",
    }
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "runtime.web"], env=environment, stdout=log, stderr=log
        )
    try:
        wait_until(lambda: answers(port), "the web server answers")
        yield Site(port, f"earshot={cookie}", sounds, server.pid)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port, path, cookie):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers={"Cookie": cookie})
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    return reply.status, body


class SlowListener:
    """Asks for a sound and takes only its first kilobyte."""

    def __init__(self, port, path, cookie):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        self.taken = self.socket.recv(1024)

    def rest(self):
        """Take everything else at last, and return the body."""
        parts = [self.taken]
        while part := self.socket.recv(MEGABYTE):
            parts.append(part)
        return b"".join(parts).partition(b"\r\n\r\n")[2]


def test_slow_listeners_block_nobody_and_get_their_sound_in_the_end(site):
    port, cookie, sounds, _ = site
    assert [ask(port, sound, cookie)[1] for sound in sounds] == [STREAMED, CACHED]
    with ExitStack() as stack:
        listeners = [SlowListener(port, sounds[n % 2], cookie) for n in range(20)]
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for one in [*(listener.socket for listener in listeners), *idle]:
            stack.enter_context(one)

        for _ in range(5):
            status, page = ask(port, "/audio/", cookie)
            assert status == 200
            assert b"2 narrations" in page
        assert all(listener.taken.startswith(b"HTTP/1.1 200") for listener in listeners)

        assert len(site.open_objects()) == 10
        assert listeners[0].rest() == STREAMED
        assert listeners[1].rest() == CACHED
    # The others went away in the middle; that harms nobody either.
    wait_until(lambda: not site.open_objects(), "files of those who left are closed")
    assert ask(port, sounds[0], cookie) == (200, STREAMED)


def test_a_sound_that_breaks_off_ends_the_answer_and_not_the_server(site, live_app):
    port, cookie, sounds, _ = site
    with live_app.app_context():
        storage = open_storage()
        (file,) = (one for one in storage.list() if one.size == len(STREAMED))
        path = storage._path(file.key)
    with SlowListener(port, sounds[0], cookie).socket as listener:
        os.truncate(path, len(STREAMED) // 2)
        taken = 0
        with suppress(ConnectionError):
            while part := listener.recv(MEGABYTE):
                taken += len(part)

    assert taken < len(STREAMED)
    assert ask(port, "/audio/", cookie)[0] == 200
