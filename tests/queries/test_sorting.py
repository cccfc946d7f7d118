"""Tables in any order: no row is left out or shown twice, and nonsense in an address is nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models import Subscription, User
from queries.sorting import Column, Sorting, containing, read_page
from tests.factories import make_user

DAY = datetime(2026, 5, 1, tzinfo=UTC)

SORTING = Sorting(
    Subscription.id,
    {
        "end": Column(Subscription.end_date, datetime, nullable=True),
        "created": Column(Subscription.created_at, datetime, falling=True),
        "plan": Column(Subscription.plan),
    },
    "-created",
)


def all_pages(order):
    seen, place, pages = [], None, 0
    while pages < 20:
        rows, cursor = read_page(
            select(Subscription.id, Subscription.end_date), order, order.place(place), 3
        )
        seen += rows
        pages += 1
        if cursor is None:
            return seen
        place = cursor
    raise AssertionError("the pages never end")


@pytest.mark.usefixtures("transaction")
@pytest.mark.parametrize("asked", ["end", "-end", "created", "-created", "plan", "-plan"])
def test_pages_hold_every_row_once_whatever_the_order(asked):
    from extensions import db

    ends = [None, DAY, None, DAY, DAY + timedelta(days=2), None, DAY - timedelta(days=40), DAY]
    for end in ends:
        owner = make_user()
        row = db.session.query(Subscription).filter_by(user_id=owner.id).one()
        row.end_date = end
    db.session.commit()

    rows = all_pages(SORTING.order(asked))

    assert len(rows) == len(set(rows)) == len(ends)
    if asked.endswith("end"):
        told = [end for _, end in rows if end]
        assert told == sorted(told, reverse=asked.startswith("-"))
        assert [end for _, end in rows[-3:]] == [None] * 3


def test_what_makes_no_sense_is_the_standard_order_and_the_first_page():
    assert str(SORTING.order("nonsense")) == "-created"
    assert str(SORTING.order(None)) == "-created"
    order = SORTING.order("end")
    for text in ("x", "[]", "eyJhIjoxfQ", "WzFd", "a" * 2000, "\x00"):
        assert order.place(text) is None


@pytest.mark.usefixtures("transaction")
def test_a_cursor_is_only_good_for_its_own_order():
    for _ in range(4):
        make_user()
    order = SORTING.order("created")
    _, cursor = read_page(select(Subscription.id), order, None, 2)
    assert order.place(cursor) is not None
    assert SORTING.order("-created").place(cursor) is None
    assert SORTING.order("plan").place(cursor) is None


@pytest.mark.usefixtures("transaction")
def test_a_search_takes_every_sign_as_itself():
    from extensions import db

    make_user("a_b%c@earshot.test")
    make_user("axbyc@earshot.test")

    def found(typed):
        return db.session.scalars(select(User.email).where(containing(User.email, typed))).all()

    assert found("A_B") == ["a_b%c@earshot.test"]
    assert found("%") == ["a_b%c@earshot.test"]
    assert len(found("earshot")) == 2
