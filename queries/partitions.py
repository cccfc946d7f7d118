"""Which months of usage metrics there are."""

from dataclasses import dataclass

from sqlalchemy import text

from extensions import db


@dataclass(frozen=True, slots=True)
class Part:
    """One partition of `usage_metrics`."""

    name: str
    rows: int
    """As PostgreSQL estimates them."""
    bytes: int
    """With indexes."""


def usage_parts() -> list[Part]:
    """Return the partitions by name, which is by month; the one for all others comes last.

    SQL:
        SELECT c.relname, greatest(c.reltuples, 0), pg_total_relation_size(c.oid)
        FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'usage_metrics'::regclass
        ORDER BY c.relname
    """
    rows = db.session.execute(
        text(
            "SELECT c.relname, greatest(c.reltuples, 0), pg_total_relation_size(c.oid)"
            " FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'usage_metrics'::regclass"
            " ORDER BY c.relname"
        )
    )
    return [Part(str(name), int(count), int(size)) for name, count, size in rows]
