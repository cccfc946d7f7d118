"""flask subscriptions: looking after plans."""

import click
from flask.cli import AppGroup

import scope
from commands.failures import told_in_words
from extensions import db
from services import subscriptions

command = AppGroup("subscriptions", help="Look after people's plans.")


@command.command("expire")
def expire() -> None:
    """Write down which subscriptions have expired.

    The worker does so every minute, and nothing waits for it: who may do what follows from the
    dates at once. For whoever reads the table with other tools and runs no worker.
    """
    with told_in_words(), scope.acting(scope.WORKER):
        count = subscriptions.expire()
        db.session.commit()
    click.echo(f"{count:,} {'subscription has' if count == 1 else 'subscriptions have'} expired.")
