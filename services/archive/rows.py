"""Rows of any table as lines of JSON, written by the database so that no digit is lost."""

import json
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Text,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from extensions import db
from services.archive.tables import Table, table_named

Row = dict[str, Any]


def owned(table: Table, user_id: UUID) -> ColumnElement[bool]:
    """Return the condition that a row is the reader's."""
    if table.through:
        parent = table_named(table.refers[table.through]).sql
        mine = select(parent.c.id).where(parent.c.user_id == user_id)
        return table.sql.c[table.through].in_(mine)
    return table.sql.c[table.owner] == user_id


def count(table: Table, user_id: UUID) -> int:
    """Return how many rows there are to write."""
    statement = select(func.count()).select_from(table.sql).where(*_which(table, user_id))
    return int(db.session.scalar(statement) or 0)


def pages(table: Table, user_id: UUID) -> Iterator[list[str]]:
    """Yield a reader's rows as JSON, some at a time; no transaction stays open in between."""
    keys: list[Column[Any]] = [table.sql.c[name] for name in table.order]
    place: tuple[Any, ...] | None = None
    while True:
        page = select(*(table.sql.c[name] for name in table.columns))
        page = page.where(*_which(table, user_id)).limit(table.page)
        if place is not None:
            here = tuple_(
                *(literal(value, key.type) for value, key in zip(place, keys, strict=True))
            )
            beyond = tuple_(*keys) < here if table.newest_first else tuple_(*keys) > here
            page = page.where(beyond)
        page = page.order_by(*(key.desc() if table.newest_first else key for key in keys))
        one = page.subquery("one")
        found = db.session.execute(
            select(
                cast(func.to_jsonb(literal_column("one")), Text),
                *(one.c[name] for name in table.order),
            )
        ).all()
        db.session.rollback()
        if found:
            yield [row[0] for row in found]
            place = tuple(found[-1][1:])
        if len(found) < table.page:
            return


def ids_among(table: Table, user_id: UUID, ids: Collection[UUID]) -> set[UUID]:
    """Return those of `ids` that the reader has a row of."""
    key = table.sql.c.id
    return set(db.session.scalars(select(key).where(owned(table, user_id), key.in_(ids))))


def alike_among(table: Table, user_id: UUID, rows: list[Row]) -> dict[str, UUID]:
    """Return which rows of the reader count as the same as some of `rows`, by the ids of these."""
    if table.alike is None or not rows:
        return {}
    name, function = table.alike
    asked = [{"id": row.get("id"), name: row.get(name)} for row in rows]
    wanted = func.jsonb_to_recordset(_as_json(asked))
    given = wanted.table_valued(
        column("id", Text), column(name, table.sql.c[name].type), name="given"
    ).render_derived(with_types=True)

    def key(value: ColumnElement[Any]) -> ColumnElement[Any]:
        return getattr(func, function)(value) if function else value

    found = db.session.execute(
        select(given.c.id, table.sql.c.id).where(
            owned(table, user_id),
            key(table.sql.c[name]) == key(given.c[name]),
            table.sql.c[name] == given.c[name] if function == "md5" else true(),
        )
    )
    return {row[0]: row[1] for row in found}


def put(table: Table, rows: list[Row]) -> int:
    """Insert rows that nothing stands in the way of; return how many were."""
    return len(_insert(table, rows))


def put_ids(table: Table, rows: list[Row]) -> set[UUID]:
    """Insert rows that nothing stands in the way of; return the ids of those."""
    return {row[0] for row in _insert(table, rows)}


def _insert(table: Table, rows: list[Row]) -> list[Any]:
    if not rows:
        return []
    present = set().union(*(row.keys() for row in rows))
    names = [column.name for column in table.sql.columns if column.name in present]
    given = func.jsonb_populate_recordset(
        literal_column(f"NULL::{table.name}"), _as_json(rows)
    ).table_valued(*names, name="given")
    statement = (
        insert(table.sql)
        .from_select(names, select(*(given.c[name] for name in names)), include_defaults=False)
        .on_conflict_do_nothing()
        .returning(*table.sql.primary_key)
    )
    return list(db.session.execute(statement).all())


def _as_json(rows: list[Row]) -> ColumnElement[Any]:
    return cast(literal(json.dumps(rows), Text), JSONB)


def _which(table: Table, user_id: UUID) -> list[ColumnElement[bool]]:
    which = [owned(table, user_id)]
    if table.where:
        which.append(literal_column(f"({table.where})"))
    return which
