"""How Alembic reaches the database: through the app, within time limits."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import text

migrate = current_app.extensions["migrate"]


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out what only the database knows: the partitions of usage_metrics."""
    return not (kind == "table" and reflected and (name or "").startswith("usage_metrics_"))


with migrate.db.engine.connect() as connection:
    connection.detach()  # closed afterwards, so that no page inherits the limits
    # A migration that waits for a lock makes every later query wait behind it, so it gives up
    # instead. One that needs longer says so in its own file.
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '60s'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        include_object=include_object,
        transaction_per_migration=True,
        **migrate.configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
