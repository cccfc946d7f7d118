"""flask archive: everything of a reader as one file, and back again."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

import scope
from commands.failures import told_in_words
from errors import InvalidInput
from extensions import db
from presentation import size
from services import accounts, media, usage
from services.archive import work
from services.archive.report import Report, sentences
from services.storage import open_storage
from services.usage import Action

command = AppGroup("archive", help="Take everything of a reader along, or bring it in.")


class Shown:
    """Says at the terminal how far it is; nobody else holds this work."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._stage = ""

    def tell(self, stage: str, progress: float) -> None:  # noqa: ARG002
        """Print each part of the work once."""
        if stage != self._stage:
            self._stage = stage
            click.echo(f"{stage} …", err=True)

    def about_to_put(self, keys: Sequence[str]) -> None:
        """Remember them until rows name them."""
        self._keys = list(keys)

    def kept(self, report: dict[str, Any], reached: dict[str, Any]) -> None:
        """Need nothing: a command that was ended is begun again from the start."""

    def commit(self) -> None:
        """End the transaction of a batch."""
        db.session.commit()
        self._keys = []

    def clean_up(self) -> None:
        """Remove what was put for rows that never came."""
        media.delete_objects(open_storage(), self._keys)


@command.command("export")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(email: str, file: Path) -> None:
    """Write everything of a reader into FILE, a zip; docs/archive.md says what is in it."""
    with told_in_words():
        user_id = _find(email)
        with _failing_files(), tempfile.TemporaryDirectory(dir=file.resolve().parent) as name:
            path = Path(name) / work.NAME
            counts = work.make(user_id, path, Shown())
            path.replace(file)
        with scope.acting(scope.WORKER):
            rows = sum(counts.values())
            usage.record(user_id, Action.EXPORTED, rows, metadata={"file": "archive"})
            db.session.commit()
    stories = counts["news_history"]
    click.echo(f"{file}: {stories} stories, {counts['files']} files, {size(file.stat().st_size)}")


@command.command("import")
@click.argument("email")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_command(email: str, file: Path) -> None:
    """Bring an archive into the account of a reader; what is there already stays as it is."""
    with told_in_words():
        user_id = _find(email)
        shown = Shown()
        with _failing_files(), tempfile.TemporaryDirectory(dir=work.working_folder()) as name:
            path = Path(name) / work.NAME
            path.symlink_to(file.resolve())
            try:
                report = work.bring_in(user_id, path, shown, Report(), {})
            except BaseException:
                shown.clean_up()
                raise
    for sentence in sentences(report.told()):
        click.echo(sentence)


def _find(email: str) -> UUID:
    with scope.acting(scope.ACCOUNTS):
        return accounts.find_by_email(email).id


class _failing_files:  # noqa: N801  (reads like a statement)
    """Tell of a full disk or a folder that may not be written in one line."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        """Turn the system's words into ours."""
        if isinstance(error, OSError):
            raise InvalidInput(f"The file can't be written or read: {error.strerror}.") from error
