"""flask storage: keeping stored files and rows in step."""

from collections import Counter
from datetime import timedelta

import click
from flask.cli import AppGroup

import scope
from errors import AppError
from presentation import size
from services.storage import open_storage
from services.storage.sweep import remove_unfinished, sweep

command = AppGroup("storage", help="Look after stored files.")


@command.command("sweep")
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@click.option(
    "--older-than",
    default=24,
    show_default=True,
    type=click.IntRange(min=1),
    help="Leave files alone that are younger, in hours.",
)
@click.option("--force", is_flag=True, help="Remove files even if no row names any.")
def sweep_command(dry_run: bool, older_than: int, force: bool) -> None:
    """Remove stored files that belong to nothing, and name rows whose file is missing.

    Ends with status 1 when a file is missing, so that a scheduled run gets noticed.
    """
    storage = open_storage()
    verb = "would remove" if dry_run else "removed"
    count: Counter[str] = Counter()
    freed = 0
    try:
        unfinished = remove_unfinished(storage, dry_run=dry_run)
        with scope.acting(scope.WORKER):
            age = timedelta(hours=older_than)
            for found in sweep(storage, older_than=age, dry_run=dry_run, force=force):
                count[found.what] += 1
                freed += found.size
                click.echo(f"{verb if found.what == 'orphan' else 'missing'} {found.key}")
    except AppError as error:
        raise click.ClickException(str(error)) from error
    click.echo(
        f"{verb} {count['orphan']} files ({size(freed)}) and {unfinished} unfinished uploads;"
        f" {count['missing']} files are missing"
    )
    if count["missing"]:
        raise SystemExit(1)
