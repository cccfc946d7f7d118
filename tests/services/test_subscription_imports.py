"""Subscriptions from a file: every line judged, all that is right stored, twice is once."""

import time

import pytest
from sqlalchemy import text

import scope
from errors import Conflict, NotFound
from extensions import db
from services import subscription_imports
from services.subscription_files import LARGEST, MOST_LINES, BrokenFile
from tests.conftest import queries_counted
from tests.factories import make_user
from tests.subscribed import DAY, NOW, fresh, log, make_admin, of, person, subscribe

pytestmark = pytest.mark.usefixtures("transaction")

HEAD = "email,plan,status,start_date,end_date\n"


@pytest.fixture
def admin(transaction):
    return person(make_admin())


def keep(admin, body, head=HEAD):
    data = (head + body).encode() if isinstance(body, str) else body
    return subscription_imports.keep(admin, "plans.csv", data, "")


def looked_at(admin, body, head=HEAD):
    examined = subscription_imports.examine(admin, keep(admin, body, head))
    return [(one.finding.value, one.error) for one in examined.outcomes]


def imported(admin, body, head=HEAD):
    counts = dict(subscription_imports.apply(admin, keep(admin, body, head)))
    db.session.commit()
    return counts


def test_new_ones_are_made_and_the_free_one_gives_way(admin, reader):
    body = f"{reader.email.upper()},Pro,,2026-01-01,\n"
    assert looked_at(admin, body) == [("new", "")]
    assert of(reader) == [("free", "active")], "looking changes nothing"
    assert imported(admin, body) == {"new": 1}
    assert sorted(of(reader)) == [("free", "cancelled"), ("pro", "active")]
    entry = log("subscription.imported")[0]
    assert (entry.subject_email, entry.reason) == (reader.email, "From plans.csv")
    assert entry.after["plan"] == "pro"


def test_the_same_file_twice_changes_nothing_the_second_time(admin, reader):
    other = make_user()
    over = make_user()
    body = (
        f"{reader.email},pro,active,2026-01-01,2027-12-31\n"
        f"{other.email},pro,cancelled,2026-01-01,2026-02-01\n"
        f"{over.email},enterprise,active,2026-01-01,2026-02-01\n"
    )
    assert imported(admin, body) == {"new": 3}
    stored = [of(user) for user in (reader, other, over)]
    entries = len(log())
    assert imported(admin, body) == {"unchanged": 3}
    assert [of(user) for user in (reader, other, over)] == stored
    assert len(log()) == entries


def test_a_line_changes_the_one_it_finds(admin, reader):
    row = subscribe(reader, end=NOW + 10 * DAY)
    line = f"{reader.email},pro,cancelled,{row.start_date.isoformat()},2027-05-01\n"
    assert imported(admin, line) == {"changed": 1}
    assert (fresh(row).status, fresh(row).end_date.year) == ("cancelled", 2027)
    assert log("subscription.imported")[0].before["status"] == "active"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("nobody@earshot.test,pro,,2026-01-01,", "Nobody here has this address."),
        (",pro,,2026-01-01,", "The e-mail address is missing."),
        ("{},gold,,2026-01-01,", "The plan is one of free, pro, enterprise."),
        ("{},pro,paused,2026-01-01,", "The status is one of active, cancelled, expired."),
        ("{},pro,,01/02/2026,", "The start_date is written like 2026-11-30."),
        ("{},pro,,,", "The start_date is missing."),
        ("{},pro,,2026-01-01,soon", "The end_date is written like 2026-11-30."),
        ("{},pro,,2026-01-01,2025-01-01", "The end is before the start."),
        ("{},pro,cancelled,2026-01-01,", "What is cancelled needs an end_date."),
        ("{},pro,expired,2026-01-01,2090-01-01", "What has expired can't lie ahead."),
        ("{},pro,,2026-01-01,,x", "It has 6 cells where the heading has 5."),
        ("{},free,,2026-01-01,", "Their Free subscription is active already."),
    ],
)
def test_each_line_says_what_is_wrong_with_it(admin, reader, line, error):
    good = make_user()
    body = line.format(reader.email) + f"\n{good.email},pro,,2026-01-01,\n"
    assert looked_at(admin, body) == [("wrong", error), ("new", "")]
    assert imported(admin, body) == {"wrong": 1, "new": 1}
    assert of(reader) == [("free", "active")]
    assert ("pro", "active") in of(good)


def test_lines_that_repeat_or_contradict_each_other_are_named(admin, reader):
    line = f"{reader.email},pro,,2026-01-01,\n"
    second = f"{reader.email},enterprise,,2026-02-01,\n"
    assert looked_at(admin, line + line + second) == [
        ("new", ""),
        ("wrong", "It repeats line 2."),
        ("wrong", "The one of line 2 is active already."),
    ]


def test_a_plan_handed_over_within_a_file_never_makes_two_active(admin, reader):
    row = subscribe(reader, end=NOW + 10 * DAY)
    start = row.start_date.isoformat()
    body = (
        f"{reader.email},pro,cancelled,{start},2027-01-01\n"
        f"{reader.email},enterprise,active,2027-01-01,\n"
    )
    assert imported(admin, body) == {"changed": 1, "new": 1}
    assert of(reader)[1:] == [("pro", "cancelled"), ("enterprise", "active")]


def test_what_is_over_does_not_come_back_and_is_in_nobodys_way(admin, reader):
    row = subscribe(reader, end=NOW - DAY)
    again = f"{reader.email},pro,active,{row.start_date.isoformat()},2090-01-01\n"
    assert looked_at(admin, again)[0][0] == "wrong"
    assert imported(admin, f"{reader.email},pro,,2026-06-01,\n") == {"new": 1}
    assert fresh(row).status == "expired"


def test_an_export_can_be_sent_back(admin, reader):
    subscribe(make_user("=x@earshot.test"), end=NOW + DAY)
    rows = db.session.execute(
        text(
            "SELECT s.id, u.email, plan, status, start_date, end_date FROM subscriptions AS s"
            " JOIN users AS u ON u.id = user_id"
        )
    )
    body = "".join(
        f"{r.id},{chr(39) if r.email[0] == '=' else ''}{r.email},{r.plan},{r.status},state,"
        f"{r.start_date.isoformat()},{r.end_date.isoformat() if r.end_date else ''}\n"
        for r in rows
    )
    found = looked_at(admin, body, "id,email,plan,status,state,start_date,end_date\n")
    assert {finding for finding, _ in found} == {"unchanged"}


def test_semicolons_a_mark_at_the_start_and_names_in_other_shapes_are_read(admin, reader):
    data = f"\ufeffE-mail;Plan;Start Date\r\n{reader.email};pro;2026-01-01\r\n".encode()
    key = subscription_imports.keep(admin, "x.csv", data, "")
    assert subscription_imports.examine(admin, key).counts == {"new": 1}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "first line must name the columns"),
        (b"email,plan\n", "start_date is missing"),
        (b"name\nx\n", "email and plan and start_date are missing"),
        (HEAD.encode(), "no lines below the heading"),
        (HEAD.encode() + b'a@b.test,"pro,,2026-01-01,\n', "can't be read"),
        (HEAD.encode() + b"\xff\xfe", "not UTF-8"),
        (HEAD.encode() + b"a\x00b", "not a CSV"),
        (b"email,email,plan,start_date\nx,x,pro,2026-01-01\n", "names a column twice"),
        (b"x" * (LARGEST + 1), "up to 10 MB"),
        (HEAD.encode() + b"a,b,c\n" * (MOST_LINES + 1), "up to 100,000 lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_file_changes_nothing(admin, data, words):
    with pytest.raises(BrokenFile, match=words):
        subscription_imports.keep(admin, "x.csv", data, "")
    assert db.session.scalar(text("SELECT count(*) FROM subscription_imports")) == 0


def test_a_file_is_applied_once_by_whoever_sent_it(admin, reader):
    key = keep(admin, f"{reader.email},pro,,2026-01-01,\n")
    other = person(make_admin())
    for attempt in (subscription_imports.examine, subscription_imports.apply):
        with pytest.raises(NotFound):
            attempt(other, key)
    subscription_imports.apply(admin, key)
    db.session.commit()
    with pytest.raises(Conflict, match="already"):
        subscription_imports.apply(admin, key)
    examined = subscription_imports.examine(admin, key)
    assert examined.applied_at is not None
    assert examined.result == {"new": 1}


def test_files_that_nobody_comes_back_to_are_removed(admin, reader):
    key = keep(admin, f"{reader.email},pro,,2026-01-01,\n")
    db.session.commit()
    with scope.acting(scope.WORKER):
        subscription_imports.sweep()
    assert subscription_imports.examine(admin, key)
    db.session.execute(text("UPDATE subscription_imports SET created_at = now() - interval '2 d'"))
    with scope.acting(scope.WORKER):
        subscription_imports.sweep()
    with pytest.raises(NotFound):
        subscription_imports.examine(admin, key)


def test_many_lines_cost_few_statements_and_little_time(admin):
    db.session.execute(
        text(
            "INSERT INTO users (email) SELECT 'many' || n || '@earshot.test'"
            " FROM generate_series(1, 6000) AS n"
        )
    )
    db.session.commit()
    body = "".join(f"many{n}@earshot.test,pro,,2026-01-01,\n" for n in range(1, 6001))
    scope.enter(scope.ADMIN, admin.id)
    key = keep(admin, body)
    start = time.monotonic()
    with queries_counted() as statements:
        assert subscription_imports.apply(admin, key) == {"new": 6000}
    assert len(statements) < 15
    assert time.monotonic() - start < 20
