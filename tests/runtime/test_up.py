"""`flask up`, for real: everything starts, is watched over, and stops."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runtime.address import free_port
from runtime.child import alive
from tests.runtime.waiting import until

ROOT = Path(__file__).parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "app"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("up") / "my data"
    return {"DATA_DIR": str(folder), "PORT": str(free_port()), "WEB_WORKERS": "1"}


@pytest.fixture
def up(settings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start everything, and make sure that it ends."""
    process = subprocess.Popen(
        [*FLASK, "up"], cwd=ROOT, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    ready = next((line for line in lines if "is ready at" in line), "it ended")
    assert f"http://127.0.0.1:{settings['PORT']} " in ready
    yield process
    process.kill()
    process.wait()


def flask(settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*FLASK, *words], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True
    )


def is_ready(settings: dict[str, str]) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", int(settings["PORT"]), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    shown = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in shown.stdout.splitlines()]
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in pairs if its_parent == parent]
    return found


def named(pids: list[int], words: str) -> list[int]:
    """Return those whose command line has `words` in it, of those that have not ended meanwhile."""
    found = []
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if words in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
    return found


def test_everything_starts_recovers_and_stops(up: subprocess.Popen[str], settings: dict[str, str]):
    assert is_ready(settings)

    # Whoever asks with the same settings gets the owner's address of the same database.
    url = flask(settings, "database", "url").stdout.strip()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)

    # A second one on the same folder is refused and does no harm.
    second = flask(settings | {"PORT": str(free_port())}, "up")
    assert (second.returncode, second.stderr.count("\n")) == (1, 1)
    assert f"Process {up.pid} already runs" in second.stderr
    assert is_ready(settings)

    # Whatever dies is started again, PostgreSQL in the place where the others look for it.
    server = named(family(up.pid), "bin/postgres")
    os.kill(server[0], signal.SIGKILL)
    until(lambda: named(family(up.pid), "bin/postgres") not in ([], server))
    until(lambda: is_ready(settings))
    assert flask(settings, "database", "url").stdout.strip() == url
    web = named(family(up.pid), "runtime.web")
    os.kill(web[0], signal.SIGKILL)
    until(lambda: not any(map(alive, web)))
    until(lambda: is_ready(settings))

    everyone = family(up.pid)
    up.send_signal(signal.SIGINT)
    assert up.wait(30) == 0
    assert not any(map(alive, everyone))
    after = flask(settings, "database", "url")
    assert (after.returncode, after.stdout) == (1, "")
    assert "No database runs on" in after.stderr


def test_killing_it_leaves_nothing_running(up: subprocess.Popen[str], settings: dict[str, str]):
    everyone = family(up.pid)
    assert len(everyone) > 4
    up.kill()
    up.wait()
    until(lambda: not any(map(alive, everyone)))


def test_a_port_that_is_taken_is_one_line_with_the_way_out(settings: dict[str, str]):
    with socket.create_server(("127.0.0.1", int(settings["PORT"]))):
        reply = flask(settings, "up")
    assert reply.returncode == 1
    port = int(settings["PORT"])
    assert reply.stderr == f"Port {port} is taken: PORT={port + 1} make run\n"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HOST", "192.0.2.1", "HOST=192.0.2.1 is no address of this machine"),
        ("POSTGRES_BIN", "/nowhere", "POSTGRES_BIN names /nowhere"),
        ("DATABASE_URL", "postgresql://me:hush@127.0.0.1:9/none", "Connection refused"),
    ],
)
def test_a_setting_that_cannot_work_is_one_line(
    settings: dict[str, str], name: str, value: str, words: str
):
    reply = flask(settings | {name: value}, "up")
    assert reply.returncode == 1
    assert reply.stderr.count("\n") == 1
    assert words in reply.stderr
    assert "hush" not in reply.stderr
