"""Reads about everyone: the table of people, timelines and the audit log."""

import inspect
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from extensions import db
from models import AuditEntry, Plan, Role, Subscription, SubscriptionStatus, UsageMetric
from queries import audit as audit_queries
from queries.audit import Wanted as WantedEntries
from queries.paging import Cursor
from queries.people import (
    SORTING,
    Counts,
    Wanted,
    count_everyone,
    count_people,
    every_person,
    find_person,
    list_people,
)
from queries.timeline import timeline_of
from services import audit, usage
from services.audit import Person
from tests.factories import make_asset, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")

NOW = datetime.now(UTC)


def documented(function, **values):
    sql = inspect.getdoc(function).partition("SQL:")[2]
    return [tuple(row) for row in db.session.execute(text(sql), values)]


def subscribe(user, plan, status, ends=None, starts=NOW - timedelta(days=30)):
    db.session.add(
        Subscription(user_id=user.id, plan=plan, status=status, start_date=starts, end_date=ends)
    )
    db.session.commit()


@pytest.fixture
def crowd():
    """Make people who differ in everything that one may ask for."""
    ann = make_user("Ann@north.test", role=Role.ADMIN, last_seen_at=NOW)
    ben = make_user("ben@north.test", last_seen_at=NOW - timedelta(days=3))
    cas = make_user("cas@shore.test", last_seen_at=NOW - timedelta(days=40))
    dot = make_user("dot@shore.test", suspended_at=NOW, suspended_for="Spam")
    ben_free = db.session.query(Subscription).filter_by(user_id=ben.id).one()
    ben_free.status = SubscriptionStatus.EXPIRED
    subscribe(ben, Plan.PRO, SubscriptionStatus.CANCELLED, NOW + timedelta(days=9))
    subscribe(ben, Plan.ENTERPRISE, SubscriptionStatus.CANCELLED, NOW - timedelta(days=1))
    cas_free = db.session.query(Subscription).filter_by(user_id=cas.id).one()
    cas_free.end_date = NOW - timedelta(days=1)
    make_asset(ben, make_story(ben), byte_size=500)
    usage.record(ben.id, "narrated", 1200)
    usage.record(ben.id, "narrated", 300)
    db.session.add(
        UsageMetric(
            user_id=cas.id, action="narrated", quantity=9, created_at=NOW - timedelta(days=40)
        )
    )
    db.session.commit()
    return {"ann": ann, "ben": ben, "cas": cas, "dot": dot}


def names(wanted, order):
    rows, following = list_people(wanted, SORTING.order(order))
    assert following is None
    return [row.email.partition("@")[0].lower() for row in rows]


def test_the_table_agrees_with_its_documented_sql(crowd):
    rows, _ = list_people(Wanted(), SORTING.order(None))
    expected = documented(list_people)
    assert [
        (row.id, row.plan, row.state, row.stories, row.bytes, row.characters) for row in rows
    ] == [(row[0], row[6], row[7], row[9], row[10], row[11]) for row in expected]
    assert len(rows) == 4


def test_a_row_says_what_is_true_today(crowd):
    ben = find_person(crowd["ben"].id).person
    assert (ben.plan, ben.state) == (Plan.PRO, "cancelled")
    assert (ben.stories, ben.bytes, ben.characters) == (1, 500, 1500)
    cas = find_person(crowd["cas"].id).person
    assert (cas.plan, cas.state, cas.characters) == (None, None, 0)
    dot = find_person(crowd["dot"].id)
    assert (dot.suspended_for, dot.session_epoch, dot.has_password) == ("Spam", 1, True)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(search="NORTH"), ["ann", "ben"]),
        (Wanted(search="%"), []),
        (Wanted(role="admin"), ["ann"]),
        (Wanted(plan="pro"), ["ben"]),
        (Wanted(plan="free"), ["ann", "cas", "dot"]),
        (Wanted(state="suspended"), ["dot"]),
        (Wanted(state="active"), ["ann", "ben", "cas"]),
        (Wanted(seen="day"), ["ann"]),
        (Wanted(seen="week"), ["ann", "ben"]),
        (Wanted(seen="away"), ["cas", "dot"]),
        (Wanted(seen="never"), ["dot"]),
        (Wanted(search="shore", state="active"), ["cas"]),
    ],
)
def test_each_filter_finds_whom_it_names_in_list_count_and_export(crowd, wanted, expected):
    assert names(wanted, "email") == expected
    assert count_people(wanted) == len(expected)
    assert len(list(every_person(wanted, SORTING.order("email")))) == len(expected)


@pytest.mark.parametrize("order", [*SORTING.columns, *(f"-{name}" for name in SORTING.columns)])
def test_pages_in_any_order_show_everyone_once(crowd, order):
    by = SORTING.order(order)
    seen, after = [], None
    for _ in range(4):
        rows, after = list_people(Wanted(), by, by.place(after), limit=1)
        seen += [row.id for row in rows]
    assert after is None
    assert seen == [row.id for row in every_person(Wanted(), by)]
    assert len(set(seen)) == 4


def test_everyone_is_counted(crowd):
    assert count_everyone() == Counts(people=4, admins=1, suspended=1, seen_this_week=2)


def test_a_timeline_joins_what_others_did_with_what_they_did(crowd):
    ann, ben = (Person(crowd[name].id, crowd[name].email) for name in ("ann", "ben"))
    audit.record("user.suspended", actor=ann, subject=ben, reason="Spam")
    audit.record("user.password_changed", actor=ben, subject=ben)
    audit.record("admin.refused", actor=ben)
    audit.record("user.restored", actor=ann, subject=Person(crowd["cas"].id, "cas@shore.test"))
    for action in ("signed_in", "exported", "played", "story_created"):
        usage.record(ben.id, action)
    db.session.commit()

    events = timeline_of(ben.id)
    assert sorted(event.action for event in events) == [
        "admin.refused",
        "exported",
        "signed_in",
        "user.password_changed",
        "user.suspended",
    ]
    assert [(event.created_at, event.id) for event in events] == sorted(
        ((event.created_at, event.id) for event in events), reverse=True
    )
    assert [event.id for event in events] == [
        row[0] for row in documented(timeline_of, user_id=ben.id, limit=30)
    ]
    seen, before = [], None
    while page := timeline_of(ben.id, before, limit=2):
        seen += page
        before = Cursor(page[-1].created_at, page[-1].id)
    assert seen == events
    assert {event.action for event in timeline_of(ann.id)} == {"user.suspended", "user.restored"}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (WantedEntries(), ["user.added", "subscription.extended", "user.suspended"]),
        (WantedEntries(actor="ANN"), ["subscription.extended", "user.suspended"]),
        (WantedEntries(actor="Command line"), ["user.added"]),
        (WantedEntries(subject="ben"), ["subscription.extended", "user.suspended"]),
        (WantedEntries(action="user.added"), ["user.added"]),
        (WantedEntries(search="spam"), ["user.suspended"]),
        (WantedEntries(search="2027"), ["subscription.extended"]),
        (WantedEntries(search="extended"), ["subscription.extended"]),
        (
            WantedEntries(since=datetime(2026, 2, 1, tzinfo=UTC)),
            ["user.added", "subscription.extended"],
        ),
        (WantedEntries(until=datetime(2026, 2, 1, tzinfo=UTC)), ["user.suspended"]),
    ],
)
def test_the_log_is_found_by_who_whom_what_when_and_words(crowd, wanted, expected):
    ann, ben = crowd["ann"], crowd["ben"]
    shared = {"actor_id": ann.id, "actor_email": ann.email, "subject_email": ben.email}
    db.session.add_all(
        [
            AuditEntry(
                action="user.suspended",
                reason="Spam",
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
                subject_id=ben.id,
                **shared,
            ),
            AuditEntry(
                action="subscription.extended",
                after={"end_date": "2027-01-01T00:00:00+00:00"},
                created_at=datetime(2026, 3, 1, tzinfo=UTC),
                **shared,
            ),
            AuditEntry(
                action="user.added",
                subject_email=crowd["cas"].email,
                created_at=datetime(2026, 4, 1, tzinfo=UTC),
            ),
        ]
    )
    db.session.commit()
    assert [entry.action for entry in audit_queries.list_entries(wanted)] == expected
    assert [entry.action for entry in audit_queries.every_entry(wanted)] == expected
    assert audit_queries.count_entries(wanted) == len(expected)
    assert audit_queries.used_actions() == ["subscription.extended", "user.added", "user.suspended"]
    second = audit_queries.list_entries(
        WantedEntries(), Cursor(datetime(2026, 3, 1, tzinfo=UTC), crowd["ann"].id), limit=2
    )
    assert [entry.action for entry in second][-1] == "user.suspended"
