"""Tables in any order: sorted by a column, paged by key, ties broken by id, NULLs always last."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, func, or_, tuple_

from extensions import db

Value = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """Something a table can be sorted by.

    `kind` is what its values are. `falling` says that a first click sorts the greatest first, as
    one wants of times and amounts.
    """

    expression: SQLColumnExpression[Any]
    kind: type[str | int | float | datetime] = str
    falling: bool = False
    nullable: bool = False

    def read(self, value: object) -> Value:
        """Return a value out of a cursor.

        Raises:
            ValueError: it can't be one of this column's.
        """
        if value is None and self.nullable:
            return None
        if self.kind is datetime:
            when = datetime.fromisoformat(value if isinstance(value, str) else "")
            if when.tzinfo is None:
                raise ValueError("a time without its zone")
            return when
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ValueError("no value of a column")
        if self.kind is str:
            if not isinstance(value, str) or "\x00" in value:
                raise ValueError("no text")
            return value
        plain: int | float = float(value) if self.kind is float else int(value)
        if abs(plain) >= 2**63:
            raise ValueError("no number that the database holds")
        return plain


@dataclass(frozen=True, slots=True)
class Place:
    """The place right behind a row, in the order that it was read in."""

    order: str
    value: Value
    id: UUID

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else self.value
        plain = json.dumps([self.order, value, str(self.id)], separators=(",", ":"))
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Order:
    """One column, one direction."""

    name: str
    column: Column
    falling: bool
    id: SQLColumnExpression[UUID]

    def __str__(self) -> str:
        """Return the order as addresses have it: `email`, or `-email` from the last."""
        return f"-{self.name}" if self.falling else self.name

    def turned(self) -> Self:
        """Return the same column the other way round."""
        return type(self)(self.name, self.column, not self.falling, self.id)

    def place(self, text: str | None) -> Place | None:
        """Read a cursor from an address; None for none, for another order's, and for nonsense."""
        if not text or len(text) > 1000:
            return None
        try:
            plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            order, value, key = json.loads(plain)
            if order != str(self):
                return None
            return Place(order, self.column.read(value), UUID(key))
        except (Base64Error, ValueError, TypeError, AttributeError, OverflowError):
            return None

    def sort(self, statement: Select[Any]) -> Select[Any]:
        """Order the rows."""
        by, key = self.column.expression, self.id
        first = by.desc() if self.falling else by.asc()
        return statement.order_by(
            # Only where it matters, so that a plain index still serves.
            first.nulls_last() if self.column.nullable else first,
            key.desc() if self.falling else key.asc(),
        )

    def behind(self, place: Place) -> ColumnElement[bool]:
        """Return the condition that a row comes after that place."""
        by, key = self.column.expression, self.id
        further: Callable[[Any, Any], Any] = _less if self.falling else _more
        if place.value is None:
            return and_(by.is_(None), further(key, place.id))
        condition: ColumnElement[bool] = further(tuple_(by, key), tuple_(place.value, place.id))
        return or_(condition, by.is_(None)) if self.column.nullable else condition


def _less(one: Any, other: Any) -> Any:
    return one < other


def _more(one: Any, other: Any) -> Any:
    return one > other


class Sorting:
    """The columns that a table can be sorted by, by their names in addresses."""

    def __init__(
        self, key: SQLColumnExpression[UUID], columns: dict[str, Column], standard: str
    ) -> None:
        """Take the id that breaks ties, the columns, and the order that is used unless asked."""
        self.key = key
        self.columns = columns
        self.standard = standard

    def order(self, text: str | None) -> Order:
        """Read an order from an address; what makes no sense is the standard one."""
        asked = text or ""
        name = asked.removeprefix("-")
        if name not in self.columns:
            asked, name = self.standard, self.standard.removeprefix("-")
        return Order(name, self.columns[name], asked.startswith("-"), self.key)

    def first(self, name: str) -> Order:
        """Return the order that a first click on a column asks for."""
        column = self.columns[name]
        return Order(name, column, column.falling, self.key)


def read_page(
    statement: Select[Any], order: Order, after: Place | None, limit: int
) -> tuple[Sequence[Sequence[Any]], str | None]:
    """Read one page of a statement's rows in an order, and say where the next page begins.

    The rows come as the statement selects them; the cursor is None on the last page.
    """
    sorted_rows = order.sort(
        statement.add_columns(
            order.column.expression.label("sort_value"), order.id.label("sort_id")
        )
    )
    if after is not None:
        sorted_rows = sorted_rows.where(order.behind(after))
    found = db.session.execute(sorted_rows.limit(limit + 1)).all()
    shown = [tuple(row)[:-2] for row in found[:limit]]
    if len(found) <= limit:
        return shown, None
    *_, value, key = found[limit - 1]
    return shown, str(Place(str(order), value, key))


def containing(column: SQLColumnExpression[str], typed: str) -> ColumnElement[bool]:
    """Return the condition that a text holds what was typed, in any case; % and _ are signs."""
    return func.strpos(func.lower(column), func.lower(typed)) > 0
