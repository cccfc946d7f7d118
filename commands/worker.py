"""`flask worker`: visits sources, narrates and fetches what readers asked for, makes briefings."""

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from extensions import db
from services.worker import archives, arrivals, briefings, media_keeper
from services.worker.doorbell import Doorbell
from services.worker.loop import drain, serve


@click.command("worker")
@click.option("--once", is_flag=True, help="Stop when nothing is due.")
@with_appcontext
def command(once: bool) -> None:
    """Visit sources and narrate queued stories until told to stop; run as many as you like.

    SIGTERM and Ctrl-C put the story in hand back into the queue and end at once.
    """
    doorbell = Doorbell(_address())
    doorbell.heed_signals()
    if once:
        try:
            visits = arrivals.drain(doorbell.stopping)
            briefings.drain(doorbell.stopping)  # they ask for narrations
            done = drain(doorbell.stopping)
            briefings.drain(doorbell.stopping)
            click.echo(f"{done} narrations done, {visits} sources visited")
            if kept := media_keeper.drain(doorbell.stopping):
                click.echo(f"{kept} files from elsewhere fetched")
            while not doorbell.stopping() and archives.do_next(doorbell.stopping):
                click.echo("1 archive done")
        except DBAPIError as error:
            raise click.ClickException(
                "The database isn't answering. Is Earshot running?"
            ) from error
    else:
        serve(doorbell)
    doorbell.close()


def _address() -> str:
    """Return the address of the database as psycopg takes it."""
    url = db.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)
