"""Starts Earshot's processes, starts them again when they die, and stops them in order."""

import contextlib
import http.client
import os
import sys
import time
from pathlib import Path

import click

from runtime.child import spawn
from runtime.folder import check_writable, make_private
from runtime.plan import Plan
from runtime.port import check_free, local_address
from runtime.postgres import Cluster
from runtime.problem import SAID, StartProblem
from runtime.program import Backoff, Program
from runtime.secret import secret_key
from runtime.signals import Signals, Stopped

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 120.0
STOP_SECONDS = 10.0
TELL_SECONDS = 0.7
LOOK_SECONDS = 60.0


class Supervisor:
    """One run of Earshot on this machine."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._signals = Signals()
        self._cluster: Cluster | None = None
        self._programs: list[Program] = []
        self._backoff = Backoff()
        self._serving = False
        self._cluster_due: float | None = None

    def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        code = 0
        try:
            self._start()
            self._address.write_text(self._plan.public_url + "\n")
            self._serving = True
            say(
                f"Earshot is ready at {self._plan.public_url} "
                f"(Ctrl-C stops it; its data is in {self._plan.data_dir})"
            )
            while True:
                self._signals.pause(self._look())
        except Stopped:
            pass
        except StartProblem as problem:
            complain(problem.message)
            code = 1
        try:
            self._stop()
        except Stopped:
            self._kill()
            code = 130
        return code

    def _start(self) -> None:
        data = make_private(Path(self._plan.data_dir))
        check_writable(data)
        check_free(self._plan.host, self._plan.port, data)
        environment = dict(os.environ) | {
            "PORT": str(self._plan.port),
            "DATABASE_URL": self._plan.database_url or self._start_cluster(data),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(data),
            # Threads would each get an arena of their own, which never shrinks.
            "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
        }
        self._migrate(environment)
        for name, words in self._words().items():
            self._programs.append(Program(name, words, environment, ROOT))
        for program in self._programs:
            program.start()
        self._await_ready()

    def _words(self) -> dict[str, list[str]]:
        words = {"The web server": [sys.executable, "-m", "runtime.web"]}
        if self._plan.worker:
            words["The worker"] = [sys.executable, "-m", "flask", "--app", "app", "worker"]
        return words

    def _start_cluster(self, data: Path) -> str:
        named = Path(self._plan.postgres_bin) if self._plan.postgres_bin else None
        folder = data / "postgres"
        if not (folder / "cluster").exists():
            say("Making the database (the first time only)")
        cluster = Cluster.at(folder, named, connections=self._plan.connections)
        url = cluster.start(pause=self._signals.pause)
        self._cluster = cluster
        return url

    def _migrate(self, environment: dict[str, str]) -> None:
        # A process of its own, so that what it needs to import does not stay in our memory.
        words = [sys.executable, "-m", "runtime.schema"]
        migration = spawn(words, env=environment, cwd=ROOT)
        while migration.poll() is None:
            self._signals.pause(LOOK_SECONDS)
        if migration.returncode == SAID:
            raise StartProblem("")
        if migration.returncode:
            raise StartProblem("The database could not be prepared: see the lines above.")

    def _await_ready(self) -> None:
        web = self._programs[0]
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready(self._plan.host, self._plan.port):
            if not web.running:
                raise StartProblem("The web server did not start: see the lines above.")
            if time.monotonic() > deadline:
                raise StartProblem(
                    f"The web server gave no answer within {READY_SECONDS:g} s: "
                    "see the lines above."
                )
            self._signals.pause(0.1)

    def _look(self) -> float:
        """Revive what has died; return how long to wait before looking again."""
        waiting = False
        for program in self._programs:
            if words := program.revive():
                complain(words)
            waiting = waiting or not program.running
        if self._cluster is not None:
            self._cluster.trim_log()
            waiting = self._revive_cluster(self._cluster) or waiting
        return 0.25 if waiting else LOOK_SECONDS

    def _revive_cluster(self, cluster: Cluster) -> bool:
        if cluster.running:
            return False
        if self._cluster_due is None:
            delay = self._backoff.delay()
            self._cluster_due = time.monotonic() + delay
            complain(f"PostgreSQL ended; starting it again in {delay:g} s")
        elif time.monotonic() >= self._cluster_due:
            self._cluster_due = None
            self._backoff.begin()
            try:
                cluster.start(cluster.port, self._signals.pause)
            except StartProblem as problem:
                complain(problem.message)
        return True

    @property
    def _address(self) -> Path:
        """Where commands read the address of the running site, for the links that they print."""
        return Path(self._plan.data_dir) / "address"

    def _stop(self) -> None:
        if self._serving:  # else the file may be another start's
            with contextlib.suppress(OSError):
                self._address.unlink(missing_ok=True)
        for program in self._programs:
            program.stop()
        began = time.monotonic()
        told = False
        while any(program.running for program in self._programs):
            waited = time.monotonic() - began
            if waited > STOP_SECONDS:
                break
            if waited > TELL_SECONDS and not told:
                told = True
                say("Finishing what is under way; Ctrl-C again ends it at once")
            self._signals.pause(0.05)
        for program in self._programs:
            program.kill()
        if self._cluster is not None:
            self._cluster.stop(pause=self._signals.pause)

    def _kill(self) -> None:
        for program in self._programs:
            program.kill()
        if self._cluster is not None:
            self._cluster.stop(kill=True)


def is_ready(host: str, port: int) -> bool:
    """Return whether the site answers and reaches its database."""
    connection = http.client.HTTPConnection(local_address(host), port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def say(words: str) -> None:
    """Tell the person at the terminal."""
    with contextlib.suppress(OSError):  # the terminal may be gone
        click.echo(words)


def complain(words: str) -> None:
    """Tell what went wrong."""
    with contextlib.suppress(OSError):
        if words:
            click.echo(words, err=True)
