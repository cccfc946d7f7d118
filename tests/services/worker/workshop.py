"""A site on a database of its own, with real worker processes that a test may kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
from flask import Flask

import scope
from extensions import db
from services import narration
from services.narration import Wish
from services.storage import AUDIO, open_storage
from services.storage.sweep import Finding, sweep
from tests.factories import make_story, make_user
from tests.live import with_settings

ROOT = Path(__file__).parents[3]
QUICK = {"NARRATION_LEASE": "1.5", "NARRATION_HEARTBEAT": "0.3", "NARRATION_BACKOFF": "0.2"}


class Workshop:
    """The site; `worker` starts one more worker."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.workers: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "workers.log").open("ab")
        self._settings = app.config["SETTINGS"]
        self.address = self._settings.database_url.get_secret_value().replace("+psycopg", "")

    def worker(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start a worker process."""
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker", *words],
            cwd=ROOT,
            env={
                **os.environ,
                **QUICK,
                "DATABASE_URL": self.address,
                "DATA_DIR": str(self._settings.folder),
                "SECRET_KEY": "only for tests",
                **environment,
            },
            stdout=self._log,
            stderr=self._log,
        )
        self.workers.append(process)
        return process

    def close(self) -> None:
        """End every worker that still runs."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        self._log.close()

    def ask(self, count: int, voice_id: str = "", **environment: str) -> list[UUID]:
        """Have one reader ask for so many stories to be read."""
        if "OPENAI_SPEECH_URL" in environment:
            url = environment["OPENAI_SPEECH_URL"]
            self.app.config["SETTINGS"] = with_settings(self.app, openai_speech_url=url)
        with self.app.app_context():
            scope.enter(scope.OWNER)
            owner = make_user()
            owner_id = owner.id
            stories = [make_story(owner, f"Story {n}").id for n in range(count)]
            scope.enter(scope.READER, owner_id)
            wish = Wish(voice_id=voice_id)
            ids = [narration.ask(owner_id, story, wish).generation_id for story in stories]
            db.session.commit()
            return [one for one in ids if one is not None]

    def rows(self, statement: str, **values: object) -> list[tuple]:
        """Ask the database as its owner, on a connection of its own."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def value(self, statement: str, **values: object) -> object:
        """Return the first column of the first row."""
        found = self.rows(statement, **values)
        return found[0][0] if found else None

    def states(self) -> dict[str, int]:
        """Count the attempts by state."""
        return dict(
            self.rows("SELECT status, count(*) FROM audio_generation_history GROUP BY status")
        )

    def objects(self) -> list[str]:
        """Return the keys of every stored narration."""
        with self.app.app_context():
            return [one.key for one in open_storage().list(f"{AUDIO}/")]

    def sweep(self) -> list[Finding]:
        """Return every object without a row and every row without its object."""
        with self.app.app_context(), scope.acting(scope.WORKER):
            return list(sweep(open_storage(), older_than=timedelta(0), dry_run=True))

    def is_whole(self, count: int) -> bool:
        """Say whether so many narrations are there, each once and with all that belongs to it."""
        numbers = self.rows(
            "SELECT (SELECT count(*) FROM audio_generation_history WHERE status = 'completed'),"
            " (SELECT count(*) FROM audio_tracks), (SELECT count(*) FROM audio_alignments),"
            " (SELECT count(*) FROM media_assets WHERE track_id IS NOT NULL),"
            " (SELECT count(*) FROM usage_metrics WHERE action = 'narrated'),"
            " (SELECT count(DISTINCT track_id) FROM audio_generation_history)"
        )[0]
        return set(numbers) == {count} and len(self.objects()) == count and self.sweep() == []

    @contextmanager
    def stories_locked(self) -> Iterator[None]:
        """Keep every story locked, so that no narration of one can be recorded meanwhile."""
        with self._locked("news_history"):
            yield

    @contextmanager
    def attempts_locked(self) -> Iterator[None]:
        """Keep every attempt locked, so that no narration can be completed meanwhile."""
        with self._locked("audio_generation_history"):
            yield

    @contextmanager
    def _locked(self, table: str) -> Iterator[None]:
        with psycopg.connect(self.address) as connection:
            connection.execute(f"SELECT id FROM {table} FOR UPDATE")
            yield
            connection.rollback()

    def waiting(self, table: str) -> int:
        """Count the statements that change `table` and wait for a lock."""
        return self.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock' AND query LIKE %(start)s",
            start=f"UPDATE {table} %",
        )[0][0]

    def cut_connections(self) -> None:
        """End every connection to the database but the one that says so."""
        self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so; fail when it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


def kill(worker: subprocess.Popen[bytes]) -> None:
    """End a worker as a power cut would."""
    worker.send_signal(signal.SIGKILL)
    worker.wait()
