"""`flask database`: where the database is, its backups, its months and its totals."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

import scope
from commands.failures import told_in_words
from config import Settings
from extensions import db
from presentation import size
from queries.partitions import usage_parts
from runtime import binaries, running_url
from runtime.problem import StartProblem
from runtime.schema import plain
from services.worker import retention

TRIES = 20
"""For a lock on the table of usage metrics, half a second apart."""


@click.group("database")
def command() -> None:
    """Look after the database."""


@command.command("url")
def url() -> None:
    """Print the owner's address, for psql and pg_dump."""
    click.echo(_address(Settings.from_environment()))


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def backup(file: Path | None) -> None:
    """Write the whole database into FILE, while it serves.

    Stored files are not in it: copy DATA_DIR/objects, or let the bucket be copied, afterwards.
    A backup that fails leaves no file.
    """
    file = file or Path(f"earshot-{datetime.now(UTC):%Y-%m-%d-%H%M}.dump")
    half = file.with_name(f".{file.name}.half")
    try:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={half}")
        half.replace(file)
    except OSError as error:
        raise StartProblem(f"Cannot write {file} ({error.strerror}).") from error
    finally:
        half.unlink(missing_ok=True)
    click.echo(f"The database is in {file} ({file.stat().st_size:,} bytes).")


@command.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="What is in the database now will be replaced. Go on?")
def restore(file: Path) -> None:
    """Replace the database by what a backup holds: wholly, or not at all."""
    with TemporaryDirectory() as folder:
        # Not pg_restore --clean, which stumbles over the keys of partitions.
        script, empty = Path(folder) / "restore.sql", Path(folder) / "empty.sql"
        empty.write_text("DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
        _run("pg_restore", "--no-owner", f"--file={script}", str(file), connect=False)
        _run(
            "psql",
            *("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *(f"--file={empty}", f"--file={script}"),
        )
    click.echo(f"The database is as it was when {file} was written.")


@command.command("partitions")
@click.option("--months", default=4, show_default=True, type=click.IntRange(1, 120))
@with_appcontext
def partitions(months: int) -> None:
    """Make the months of usage metrics ahead, this one included, and drop those too old to keep.

    The worker does the same. How much is kept says USAGE_RETENTION_MONTHS.
    """
    with told_in_words():
        made = retention.make_months(months, tries=TRIES)
        dropped = retention.drop_months(tries=TRIES)
        rows = retention.delete_old_usage()
        scope.enter(scope.WORKER)
        for part in usage_parts():
            click.echo(f"{part.name:<24} about {part.rows:>12,} rows {size(part.bytes):>8}")
    click.echo(f"Made {made} of {months} months; the others were there.")
    since = retention.first_month_kept()
    kept = f"Usage is kept from {since:%B %Y} on" if since else "Usage is kept for ever"
    gone = f"dropped {len(dropped)} months and {rows:,} rows that had none"
    click.echo(f"{kept}; {gone if dropped or rows else 'nothing was older'}.")


@command.command("totals")
@with_appcontext
def totals() -> None:
    """Count everybody's totals anew, and mend those that were wrong."""
    with told_in_words():
        scope.enter(scope.OWNER)
        mended = db.session.scalar(select(func.rebuild_totals()))
        db.session.commit()
    click.echo(f"Mended the totals of {mended} people." if mended else "All totals are right.")


def _address(settings: Settings) -> str:
    if settings.sqlalchemy_url:
        return plain(settings.sqlalchemy_url)
    if running := running_url(settings.folder):
        return running
    raise StartProblem(
        f"No database runs on {settings.folder}. Start Earshot (make run), or set DATABASE_URL."
    )


def _run(program: str, *words: str, connect: bool = True) -> None:
    """Run a program of PostgreSQL; the password stays out of its arguments.

    Raises:
        StartProblem: it is missing or failed, with its own last words.
    """
    settings = Settings.from_environment()
    parts = urlsplit(_address(settings))
    bare = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@"))
    environment = os.environ | ({"PGPASSWORD": parts.password} if parts.password else {})
    found = binaries.find(settings.postgres_bin).folder / program
    try:
        done = subprocess.run(
            [found, *words, *([f"--dbname={urlunsplit(bare)}"] if connect else [])],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise StartProblem(f"Cannot run {program} ({error.strerror}). Set POSTGRES_BIN.") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise StartProblem(f"{program} failed: {last}")
