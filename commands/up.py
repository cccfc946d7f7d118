"""`flask up`: everything that Earshot needs on one machine."""

import os
import sys

import click

from config import ROOT, Settings
from runtime.plan import VARIABLE, Plan

WORKER = "worker"
SPARE_CONNECTIONS = 40
"""What the worker, commands and psql may use beside the web server."""


@click.command("up")
@click.pass_context
def command(context: click.Context) -> None:
    """Start the database, the web server and the worker; Ctrl-C stops them."""
    plan = make_plan(Settings.from_environment(), has_worker(context))
    os.chdir(ROOT)
    # Another program in our place: it watches the others for days, and stays small.
    environment = os.environ | {VARIABLE: plan.dump()}
    os.execve(sys.executable, [sys.executable, "-m", "runtime"], environment)  # noqa: S606


def make_plan(settings: Settings, worker: bool) -> Plan:
    """Return what the supervisor needs to know of the settings."""
    # Named expressly, the port is where this site will run, not where another one runs now.
    settings = settings.model_copy(update={"port": settings.port})
    return Plan(
        data_dir=str(settings.folder),
        host=settings.host,
        port=settings.port,
        public_url=settings.public_url,
        database_url=settings.sqlalchemy_url,
        postgres_bin=str(settings.postgres_bin) if settings.postgres_bin else None,
        connections=settings.web_workers * settings.web_threads + SPARE_CONNECTIONS,
        worker=worker,
    )


def has_worker(context: click.Context) -> bool:
    """Return whether there is a command for the worker."""
    group = context.parent.command if context.parent else None
    return isinstance(group, click.Group) and group.get_command(context, WORKER) is not None
