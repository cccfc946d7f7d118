"""How fast the worker narrates, against the bare voice library on the same text in one run.

    python -m bench.narration [stories] [characters]

“Bare” is espeak-ng alone in a fresh process for each story, on one core, which leaves raw samples
in memory. “Worker” is a real worker process from the first claim to the last commit: speech, MP3,
alignment, storage, rows. On a machine that does other things too, the seconds of a clock say
little; the processor time of both is told as well, the worker's with its children and the
database. Then the memory of the worker with its children over many narrations and for a story of
50,000 characters, and how many a second three workers do of very short ones, each exactly once.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psutil
from sqlalchemy import text

import scope
from bench.house import House, house
from bench.voices import PARAGRAPH, ROOT, bare
from extensions import db
from services import narration, passwords
from services.narration import Wish

MEGABYTE = 1024 * 1024


class Worker:
    """A worker process that can be watched."""

    def __init__(self, home: House) -> None:
        settings = home.app.config["SETTINGS"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": settings.database_url.get_secret_value(),
                "DATA_DIR": str(settings.folder),
                "SECRET_KEY": "only for measuring",
                "NARRATION_LEASE": "2",
                "LOG_LEVEL": "error",
                "MALLOC_ARENA_MAX": "2",
            },
        )

    def family(self) -> list[psutil.Process]:
        """Return it and all that it started."""
        worker = psutil.Process(self._process.pid)
        return [worker, *worker.children(recursive=True)]

    def memory(self) -> float:
        """Return what it and its children have in memory now, shared pages once, in MB."""
        total = 0
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total / MEGABYTE

    def processor_seconds(self) -> float:
        """Return the processor time that it and its children took so far."""
        return sum(_processor_seconds(process) for process in self.family())

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it."""
        self._process.send_signal(how)
        self._process.wait()


def _processor_seconds(process: psutil.Process) -> float:
    """Return what a process and its children that ended took; 0 when it has just ended too."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def database_seconds(home: House) -> float:
    """Return the processor time that the database took so far, of processes that live."""
    server = psutil.Process(home.process)
    living = server.children()
    own = server.cpu_times()
    ended = own.children_user + own.children_system
    return ended + sum(_processor_seconds(one) for one in living)


def ask(home: House, count: int, words: Callable[[int], str]) -> None:
    """Have a new reader ask for so many stories at once."""
    with home.app.app_context(), db.session.begin():
        scope.enter(scope.OWNER)
        email, secret = f"{time.monotonic_ns()}@bench.test", passwords.hash_password("x" * 12)
        reader: UUID = db.session.execute(
            text("INSERT INTO users (email, password_hash) VALUES (:email, :hash) RETURNING id"),
            {"email": email, "hash": secret},
        ).scalar_one()
        stories = [
            db.session.execute(
                text(
                    "INSERT INTO news_history (user_id, headline, content)"
                    " VALUES (:reader, :headline, :content) RETURNING id"
                ),
                {"reader": reader, "headline": f"Story {number}", "content": words(number)},
            ).scalar_one()
            for number in range(count)
        ]
        scope.enter(scope.READER, reader)
        for story in stories:
            narration.ask(reader, story, Wish(voice_id="espeak:en-us"))


def count(home: House, what: str) -> int:
    """Return a number that the owner of the tables asks for."""
    with home.connection() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def until_done(home: House, look: Callable[[int], None] = lambda _: None) -> float:
    """Wait until nothing is open, and return the seconds it took."""
    begun = time.perf_counter()
    while open_ones := count(
        home, "audio_generation_history WHERE status IN ('pending', 'processing')"
    ):
        look(open_ones)
        time.sleep(0.2)
    return time.perf_counter() - begun


def measure_speed(home: House, stories: int, characters: int) -> None:
    """Narrate the same stories the two ways, by turns in one run."""
    words = (PARAGRAPH * (characters // len(PARAGRAPH) + 1))[:characters]
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "text"
        source.write_text(words, encoding="utf-8")
        worker = Worker(home)
        ask(home, 2, lambda number: f"{number}. {words}")
        until_done(home)  # the first ones warm up both
        bare(source)
        clock, processor = _alone(source, stories // 2)
        ask(home, stories, lambda number: f"{number}. {words}")
        before = worker.processor_seconds() + database_seconds(home)
        taken = until_done(home)
        spent = worker.processor_seconds() + database_seconds(home) - before
        more, more_processor = _alone(source, stories - stories // 2)
        worker.end()
    alone = stories * characters / (clock + more)
    ours = stories * characters / taken
    cores = os.cpu_count() or 1
    share = (processor + more_processor) / spent
    print(f"bare library {alone:>10,.0f} characters a second")
    print(f"worker       {ours:>10,.0f} characters a second, {ours / alone:.2f} of the library")
    print(
        f"in processor time {share:.2f} of the library on one core,"
        f" {share * cores:.2f} on the {cores} that are here"
    )


def _alone(source: Path, rounds: int) -> tuple[float, float]:
    """Return the seconds of the clock and of the processor that the bare library takes."""
    times = [bare(source) for _ in range(rounds)]
    return sum(clock for clock, _ in times), sum(processor for _, processor in times)


def measure_memory(home: House, stories: int) -> None:
    """Watch one worker over many narrations, and over a very long one."""
    worker = Worker(home)
    ask(home, stories, lambda number: f"{number}. {PARAGRAPH}")
    marks: list[tuple[int, float]] = []

    def look(left: int) -> None:
        done = stories - left
        if not marks or done - marks[-1][0] >= stories // 5:
            marks.append((done, worker.memory()))

    seconds = until_done(home, look)
    marks.append((stories, worker.memory()))
    told = ", ".join(f"{done}: {size:.0f}" for done, size in marks)
    print(f"memory in MB after so many narrations: {told} ({stories / seconds:.1f} a second)")
    ask(home, 1, lambda number: f"{number}. {PARAGRAPH * (50_000 // len(PARAGRAPH))}")
    highest: list[float] = []
    until_done(home, lambda _: highest.append(worker.memory()))
    print(f"at most {max(highest):.0f} MB with a story of 50,000 characters")
    worker.end()


def measure_care(home: House, stories: int) -> None:
    """Let three workers share the queue while two of them are killed."""
    tracks = count(home, "audio_tracks")
    ask(home, stories, lambda number: f"Number {number}.")
    workers = [Worker(home) for _ in range(3)]
    victims = list(workers[:2])

    def look(left: int) -> None:
        if victims and left < stories * (0.5 + 0.25 * len(victims) - 0.25):
            victims.pop().end(signal.SIGKILL)

    seconds = until_done(home, look)
    workers[2].end()
    made = count(home, "audio_tracks") - tracks
    lost = count(home, "audio_generation_history WHERE status <> 'completed'")
    print(
        f"three workers, two killed: {stories} asked for, {made} made, {lost} not completed,"
        f" {stories / seconds:.1f} a second"
    )


def main() -> None:
    """Measure everything in a throw-away house."""
    stories = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    characters = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with house() as home:
        measure_speed(home, 20, characters)
        measure_memory(home, stories)
        measure_care(home, stories)


if __name__ == "__main__":
    main()
