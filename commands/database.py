"""`flask database`: where the database is."""

import click

from config import Settings
from runtime import running_url
from runtime.problem import StartProblem
from runtime.schema import plain


@click.group("database")
def command() -> None:
    """Look after the database."""


@command.command("url")
def url() -> None:
    """Print the owner's address, for psql and pg_dump."""
    settings = Settings.from_environment()
    if settings.sqlalchemy_url:
        click.echo(plain(settings.sqlalchemy_url))
    elif running := running_url(settings.folder):
        click.echo(running)
    else:
        raise StartProblem(
            f"No database runs on {settings.folder}. Start Earshot (make run), or set DATABASE_URL."
        )
