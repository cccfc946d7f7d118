"""The embedded PostgreSQL: one cluster in one folder, a child of the process that starts it."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from runtime import binaries, identity
from runtime.address import NAME, data_version, free_port, owner_url
from runtime.binaries import Binaries
from runtime.child import spawn
from runtime.folder import make_private
from runtime.lock import FolderLock
from runtime.problem import StartProblem
from runtime.secret import kept_secret

LOG_LIMIT = 1024 * 1024
START_TIMEOUT = 300.0  # recovery after a power cut takes as long as it takes
STOP_TIMEOUT = 30.0

MODEST = {
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "1",
    "jit": "off",
    "random_page_cost": "1.1",  # data on an SSD or in memory; else lists walk other readers' rows
    "huge_pages": "off",
    "max_logical_replication_workers": "0",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
# The log of real data holds nothing of anyone's rows.
DURABLE = {"log_error_verbosity": "terse", "log_min_error_statement": "panic"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

Pause = Callable[[float], None]
Words = list[str | Path]


class Cluster:
    """A PostgreSQL in `folder`, reachable on 127.0.0.1 and with its owner's password only.

    `durable=False` is for tests: fast, and lost when the machine loses power.
    """

    def __init__(
        self, folder: Path, programs: Binaries, durable: bool = True, connections: int = 100
    ) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "cluster"
        self.log = self.folder / "log"
        self.port = 0
        self._programs = programs
        self._durable = durable
        self._connections = connections
        self._lock = FolderLock(self.folder / "lock")
        self._server: subprocess.Popen[bytes] | None = None

    @classmethod
    def at(
        cls, folder: Path, named: Path | None = None, durable: bool = True, connections: int = 100
    ) -> Self:
        """Return the cluster of `folder` with the programs that fit its data.

        Raises:
            StartProblem: none do; see `binaries.find`.
        """
        try:
            version = data_version(folder / "cluster")
        except PermissionError as error:
            raise _foreign(folder) from error
        return cls(folder, binaries.find(named, version), durable, connections)

    @property
    def running(self) -> bool:
        """Return whether the server we started is still there."""
        return self._server is not None and self._server.poll() is None

    @property
    def url(self) -> str:
        """Return the owner's address for SQLAlchemy; only while it runs."""
        return owner_url(self.folder, self.port, "postgresql+psycopg")

    def start(self, port: int = 0, pause: Pause = time.sleep) -> str:
        """Start the server, made first if need be, and return the owner's address.

        Port 0 takes a free one. `pause` is called while waiting; what it raises ends the wait
        and the server.

        Raises:
            StartProblem: in use by another process, made by another version, or broken.
        """
        make_private(self.folder)
        user = identity.choose(self.data, self._programs.folder / "postgres")
        self._lock.take(pause)
        try:
            if self.data.exists():
                self._check_data(user)
            else:
                self._create(user)
            # Whoever wrote this file is gone: all of a server's processes hold the lock.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            self.trim_log()
            self._launch(user, port, pause)
        except BaseException:
            self.stop(kill=True)
            raise
        return self.url

    def stop(self, kill: bool = False, pause: Pause = time.sleep) -> None:
        """End the server: its sessions are cut, what was committed stays.

        `kill` leaves out the last checkpoint; the next start makes up for it.
        """
        if self._server is not None and self.running:
            for number in (signal.SIGQUIT if kill else signal.SIGINT, signal.SIGKILL):
                self._server.send_signal(number)
                if _wait(lambda: not self.running, STOP_TIMEOUT, pause):
                    break
        self._server = None
        self._lock.release()

    def trim_log(self) -> None:
        """Keep the log and one older piece of it; the server appends, so it can go on."""
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > LOG_LIMIT:
                shutil.copyfile(self.log, self.folder / "log.old")
                os.truncate(self.log, 0)

    def _check_data(self, user: identity.Identity) -> None:
        if self.data.stat().st_uid != (os.geteuid() if user.uid is None else user.uid):
            raise _foreign(self.folder)
        made_by = data_version(self.data)
        if made_by != self._programs.version:
            raise binaries.wrong_version(made_by, self._programs.version)

    def _create(self, user: identity.Identity) -> None:
        # Made aside and moved at the end, so that a half-made one is never taken for a database.
        half = self.folder / "cluster.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        password = self.folder / "password.new"
        password.touch(mode=0o600)
        password.write_text(kept_secret(self.folder / "password") + "\n")
        for path in (half, password):
            user.give(path)
        try:
            try:
                self._initdb(user, half, password, "C.UTF-8")
            except subprocess.CalledProcessError:
                self._initdb(user, half, password, "C")  # where the system lacks the other
            self._run(
                user,
                ["postgres", "--single", "-D", half, *self._settings(), "postgres"],
                f"CREATE DATABASE {NAME}\n",
            )
        except subprocess.CalledProcessError as error:
            raise StartProblem(
                f"PostgreSQL could not make its files: {_last(error.stderr)}"
            ) from error
        finally:
            password.unlink()
        half.rename(self.data)

    def _initdb(self, user: identity.Identity, data: Path, password: Path, locale: str) -> None:
        words: Words = [
            "initdb",
            "-D",
            data,
            "-U",
            NAME,
            "--auth=scram-sha-256",
            f"--pwfile={password}",
        ]
        words += ["-E", "UTF8", f"--locale={locale}", "--data-checksums", "--no-instructions"]
        self._run(user, [*words, *([] if self._durable else ["--no-sync"])])

    def _run(self, user: identity.Identity, words: Words, stdin: str = "") -> None:
        subprocess.run(
            [*user.prefix, self._programs.folder / words[0], *words[1:]],
            input=stdin,
            text=True,
            capture_output=True,
            check=True,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # half done by Ctrl-C would look like a failure
            pass_fds=(self._lock.handle,),
            **user.options,
        )

    def _launch(self, user: identity.Identity, port: int, pause: Pause) -> None:
        for _ in range(3):
            self.port = port or free_port()
            began = self.log.stat().st_size if self.log.exists() else 0
            words: Words = [*user.prefix, self._programs.folder / "postgres", "-D", self.data]
            words += ["-h", "127.0.0.1", "-p", str(self.port), "-k", "", *self._settings()]
            with open(self.log, "ab", opener=_private) as log:
                self._server = spawn(
                    words,
                    dies_by=signal.SIGINT,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env=_environment(),
                    pass_fds=(self._lock.handle,),
                    **user.options,
                )
            _wait(lambda: self._ready() or not self.running, START_TIMEOUT, pause)
            if self._ready():
                return
            said = self.log.read_bytes()[began:].decode(errors="replace")
            if port or "could not bind" not in said:
                break
        raise StartProblem(f"PostgreSQL did not start: {_last(said)} Its log is {self.log}.")

    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return self.running and len(lines) > 7 and lines[7].strip() == "ready"

    def _settings(self) -> list[str]:
        values = MODEST | (DURABLE if self._durable else THROW_AWAY)
        values["max_connections"] = str(self._connections)
        if self._programs.version >= 18:
            values["io_method"] = "sync"  # its helpers idle in memory
        return [word for name, value in values.items() for word in ("-c", f"{name}={value}")]


def _wait(done: Callable[[], bool], seconds: float, pause: Pause) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        pause(0.02)
    return True


def _environment() -> dict[str, str]:
    """Return our environment without what would change the server's place or language."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if "FATAL" in line or "rror" in line.lower()]
    said = (lines or text.strip().splitlines() or ["it gave no reason"])[-1]
    return said.rpartition("FATAL:")[2].strip().rstrip(".") + "."


def _foreign(folder: Path) -> StartProblem:
    return StartProblem(
        f"The database in {folder} belongs to another user. Run Earshot as that user, "
        "or choose another folder: DATA_DIR=/some/folder make run"
    )
