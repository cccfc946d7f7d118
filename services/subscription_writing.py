"""Putting changed subscriptions into the database, each with its entry in the log."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.exc import IntegrityError

from errors import Conflict
from extensions import db
from models import Subscription
from queries.subscriptions import SubscriptionRow, as_row, rows_at
from services import audit
from services.audit import Deed, Person
from services.subscription_rules import Change, Terms, terms_of

AT_ONCE = 5000
"""Rows that one statement writes."""

_UPDATE = text("""
    UPDATE subscriptions AS s
    SET plan = one.plan, status = one.status,
        start_date = one.start_date, end_date = one.end_date
    FROM unnest(CAST(:ids AS uuid[]), CAST(:plans AS text[]), CAST(:statuses AS text[]),
                CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
         AS one (id, plan, status, start_date, end_date)
    WHERE s.id = one.id
""")
_INSERT = text("""
    INSERT INTO subscriptions (id, user_id, plan, status, start_date, end_date)
    SELECT one.id, one.user_id, one.plan, one.status, one.start_date, one.end_date
    FROM unnest(CAST(:ids AS uuid[]), CAST(:user_ids AS uuid[]), CAST(:plans AS text[]),
                CAST(:statuses AS text[]), CAST(:starts AS timestamptz[]),
                CAST(:ends AS timestamptz[]))
         AS one (id, user_id, plan, status, start_date, end_date)
""")


class AlreadyActive(Conflict):
    """Somebody would have two active subscriptions."""


@dataclass(frozen=True, slots=True)
class New:
    """A subscription to be made."""

    id: UUID
    owner: Person
    terms: Terms


def look(condition: ColumnElement[bool]) -> tuple[list[SubscriptionRow], datetime]:
    """Return the rows that meet a condition, and the time of the database's clock."""
    return _read(_rows(condition))


def lock(condition: ColumnElement[bool]) -> tuple[list[SubscriptionRow], datetime]:
    """Return the rows as `look` does, kept from others until the commit.

    They come in the order of their ids, so that two who lock many never wait for each other.
    """
    return _read(_rows(condition).order_by(Subscription.id).with_for_update(of=Subscription))


def write(
    actor: Person,
    action: str,
    changes: Sequence[tuple[SubscriptionRow, Change]],
    reason: str = "",
) -> list[UUID]:
    """Store what an act made of subscriptions; return the ids that go on, in the same order.

    Raises:
        AlreadyActive: somebody would have two active ones.
    """
    deeds: list[Deed] = []
    opened: list[New] = []
    ids: list[UUID] = []
    for row, change in changes:
        owner = Person(row.user_id, row.email)
        before, after = differences(terms_of(row), change.terms)
        ids.append(row.id)
        if change.opens:
            new = New(uuid4(), owner, change.opens)
            opened.append(new)
            ids[-1] = new.id
            before["plan"], after["plan"] = row.plan.value, new.terms.plan.value
            after["continued_by"] = str(new.id)
            deeds.append(
                Deed(
                    "subscription.created",
                    owner,
                    new.id,
                    after={**as_json(new.terms), "continues": str(row.id)},
                )
            )
        deeds.append(Deed(action, owner, row.id, before, after))
    update((row.id, change.terms) for row, change in changes)
    insert(opened)
    audit.record_all(deeds, actor=actor, object_type="subscription", reason=reason)
    return ids


def update(rows: Iterable[tuple[UUID, Terms]]) -> None:
    """Store terms under their ids."""
    everything = list(rows)
    for first in range(0, len(everything), AT_ONCE):
        some = everything[first : first + AT_ONCE]
        with one_active():
            db.session.execute(
                _UPDATE, {"ids": [key for key, _ in some]} | _columns(terms for _, terms in some)
            )


def insert(rows: Sequence[New]) -> None:
    """Make subscriptions."""
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        with one_active():
            db.session.execute(
                _INSERT,
                {"ids": [new.id for new in some], "user_ids": [new.owner.id for new in some]}
                | _columns(new.terms for new in some),
            )


@contextmanager
def one_active() -> Iterator[None]:
    """Say in words what the database refuses: a second active subscription of one person."""
    try:
        yield
    except IntegrityError as error:
        if "uq_subscriptions_one_active" not in str(error.orig):
            raise
        raise AlreadyActive(
            "Somebody has an active subscription already; perhaps another admin was faster."
            " Reload the page and look again."
        ) from error


def differences(before: Terms, after: Terms) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the log says of a change: the old and the new values of what changed."""
    old, new = as_json(before), as_json(after)
    changed = [name for name in old if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def as_json(terms: Terms) -> dict[str, Any]:
    """Return terms as the log keeps them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(terms).items()
    }


def _columns(terms: Iterable[Terms]) -> dict[str, list[Any]]:
    rows = list(terms)
    return {
        "plans": [row.plan.value for row in rows],
        "statuses": [row.status.value for row in rows],
        "starts": [row.start_date for row in rows],
        "ends": [row.end_date for row in rows],
    }


def _rows(condition: ColumnElement[bool]) -> Select[Any]:
    return rows_at().add_columns(func.now()).where(condition)


def _read(statement: Select[Any]) -> tuple[list[SubscriptionRow], datetime]:
    found = db.session.execute(statement).all()
    now = found[0][-1] if found else db.session.scalars(select(func.now())).one()
    return [as_row(row) for row in found], now
