"""How Alembic reaches the database: through the app, within time limits."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, event

migrate = current_app.extensions["migrate"]


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out what only the database knows: the partitions of usage_metrics."""
    return not (kind == "table" and reflected and (name or "").startswith("usage_metrics_"))


def limit_time(begun: Connection) -> None:
    """Set the limits for one transaction, so that no page inherits them, not even from a pooler.

    A migration that waits for a lock makes every later query wait behind it, so it gives up
    instead. One that needs longer says so in its own file.
    """
    begun.exec_driver_sql(
        "SELECT set_config('lock_timeout', '4s', true),"
        " set_config('statement_timeout', '60s', true)"
    )


with migrate.db.engine.connect() as connection:
    event.listen(connection, "begin", limit_time)
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        include_object=include_object,
        transaction_per_migration=True,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
