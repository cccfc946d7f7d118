"""One act on many subscriptions: only on what was seen, and every exception named."""

import pytest
from sqlalchemy import text

from errors import InvalidInput
from extensions import db
from models import Plan
from queries import subscriptions as subscription_queries
from queries.subscriptions import Wanted
from services import subscription_bulk
from services.subscription_bulk import CHANGED, MOST_IDS, Grown, Selection
from services.subscription_rules import Cancel, CancelWhen, ChangePlan, Extend
from tests.factories import make_user
from tests.subscribed import DAY, NOW, fresh, log, make_admin, of, person, subscribe

pytestmark = pytest.mark.usefixtures("transaction")

PRO = Wanted(plan=Plan.PRO)


def seen(wanted=PRO, ids=None):
    """Return what somebody chose who looks at the table now."""
    look = subscription_queries.overview(wanted)
    shown = Wanted(wanted.search, wanted.plan, wanted.state, seen_at=look.now)
    count = look.matching if ids is None else len(ids)
    return Selection(shown, look.now, count, ids)


def later(row, moment=NOW + DAY):
    """Let a row have come, or changed, after the look."""
    db.session.execute(text("ALTER TABLE subscriptions DISABLE TRIGGER USER"))
    db.session.execute(
        text("UPDATE subscriptions SET created_at = :at, updated_at = :at WHERE id = :id"),
        {"at": moment, "id": row.id},
    )
    db.session.execute(text("ALTER TABLE subscriptions ENABLE TRIGGER USER"))
    db.session.commit()


def test_what_is_filtered_is_extended_and_the_exceptions_are_named():
    rows = [subscribe(make_user(), end=NOW + 10 * DAY) for _ in range(3)]
    subscribe(make_user())
    over = subscribe(make_user(), status="cancelled", end=NOW - DAY)
    untouched = subscribe(make_user(), "enterprise", end=NOW + 10 * DAY)
    admin = person(make_admin())
    chosen = seen()

    (expected,) = subscription_bulk.preview(chosen, [Extend(1)])
    report = subscription_bulk.apply(admin, chosen, Extend(1), "Outage")

    assert (report.done, dict(report.skipped)) == (3, {"has no end": 1, "has ended": 1})
    assert (expected.done, expected.skipped) == (report.done, report.skipped)
    assert len(subscription_bulk.examples(chosen)) == 5
    assert all(fresh(row).end_date > NOW + 30 * DAY for row in rows)
    assert fresh(over).end_date == NOW - DAY
    assert fresh(untouched).end_date == NOW + 10 * DAY
    entries = log("subscription.extended")
    assert {entry.object_id for entry in entries} == {row.id for row in rows}
    assert {entry.reason for entry in entries} == {"Outage"}


def test_newcomers_are_not_touched():
    row = subscribe(make_user(), end=NOW + 10 * DAY)
    chosen = seen()
    newcomer = subscribe(make_user(), end=NOW + 10 * DAY)
    later(newcomer)

    report = subscription_bulk.apply(person(make_admin()), chosen, Cancel())

    assert (report.done, report.left) == (1, 0)
    assert fresh(row).status == "cancelled"
    assert fresh(newcomer).status == "active"


@pytest.mark.parametrize("ticked", [True, False])
def test_what_changed_since_is_left_alone_and_counted(ticked):
    row, changed = (subscribe(make_user(), end=NOW + 10 * DAY) for _ in range(2))
    chosen = seen(ids=(row.id, changed.id) if ticked else None)
    later(changed)

    report = subscription_bulk.apply(person(make_admin()), chosen, Extend(1))

    assert (report.done, dict(report.skipped)) == (1, {CHANGED: 1})
    assert fresh(changed).end_date == NOW + 10 * DAY


def test_when_more_matches_than_was_seen_nothing_is_done():
    row = subscribe(make_user(), end=NOW + 10 * DAY)
    chosen = seen()
    subscribe(make_user(), end=NOW + 10 * DAY)  # as if committed late by a slow transaction

    for attempt in (
        lambda: subscription_bulk.preview(chosen, [Extend(1)]),
        lambda: subscription_bulk.apply(person(make_admin()), chosen, Extend(1)),
    ):
        with pytest.raises(Grown, match="You saw 1 and now 2"):
            attempt()
    assert fresh(row).end_date == NOW + 10 * DAY


def test_only_what_was_ticked_is_touched():
    row, other = (subscribe(make_user(), end=NOW + 10 * DAY) for _ in range(2))
    chosen = seen(ids=(row.id,))
    report = subscription_bulk.apply(person(make_admin()), chosen, Cancel(CancelWhen.MONTH_END))
    assert report.done == 1
    assert (fresh(row).status, fresh(row).end_date) == ("cancelled", NOW + 10 * DAY)
    assert fresh(other).status == "active"


def test_plans_change_together_and_each_keeps_its_history(reader):
    other = make_user()
    for user in (reader, other):
        subscribe(user)
    subscribe(make_user(), "enterprise")
    report = subscription_bulk.apply(
        person(make_admin()), seen(Wanted()), ChangePlan(Plan.ENTERPRISE)
    )
    assert report.skipped["is on Enterprise already"] == 1
    for user in (reader, other):
        assert of(user)[1:] == [("pro", "cancelled"), ("enterprise", "active")]


def test_reasons_are_told_of_one_and_of_many():
    for _ in range(2):
        subscribe(make_user())
    subscribe(make_user(), status="cancelled", end=NOW - DAY)
    (report,) = subscription_bulk.preview(seen(), [Extend(1)])
    assert sorted(report.reasons.split(", ")) == ["1 has ended", "2 have no end"]


def test_too_many_ids_are_refused():
    chosen = Selection(Wanted(), NOW, 1, tuple([make_user().id] * (MOST_IDS + 1)))
    with pytest.raises(InvalidInput, match="10,000"):
        subscription_bulk.preview(chosen, [Extend(1)])
