"""Making, changing and ending one subscription."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

import scope
from errors import NotFound
from extensions import db
from models import Plan, Subscription, SubscriptionStatus
from queries import subscriptions as subscription_queries
from services import subscriptions
from services.subscription_rules import (
    Cancel,
    CancelWhen,
    ChangePlan,
    Extend,
    Resume,
    Terms,
    add_months,
    month_end,
)
from services.subscription_writing import AlreadyActive
from services.subscriptions import BadDates, Draft, NotPossible, Overtaken, UnknownPerson
from tests.factories import START, make_user
from tests.live import live_app
from tests.subscribed import DAY, NOW, fresh, log, make_admin, of, person, subscribe

__all__ = ["live_app"]

transaction = pytest.mark.usefixtures("transaction")


def draft(user, plan="pro", status="active", start=NOW - DAY, end=None):
    email = user if isinstance(user, str) else user.email
    return Draft(email, Plan(plan), SubscriptionStatus(status), start, end)


@transaction
def test_the_free_one_gives_way_to_a_paid_one_and_is_kept(reader):
    admin = make_admin()
    key = subscriptions.create(person(admin), draft(reader.email.upper()), reason="Paid")
    assert of(reader) == [("free", "cancelled"), ("pro", "active")]
    free = subscription_queries.all_of(reader.id)[1]
    assert free.state == "ended"
    (ended,), (started,) = log("subscription.cancelled"), log("subscription.created")
    assert started.object_id == key
    assert started.subject_email == reader.email
    assert started.reason == "Paid"
    assert ended.before["status"] == "active"


@transaction
def test_one_that_begins_later_leaves_the_free_one_running_until_then(reader):
    subscriptions.create(person(make_admin()), draft(reader, start=NOW + 9 * DAY))
    states = {row.plan: row.state for row in subscription_queries.all_of(reader.id)}
    assert states == {"free": "cancelled", "pro": "scheduled"}


@transaction
def test_a_paid_one_stays_unless_it_is_said_to_end(reader):
    admin = person(make_admin())
    subscribe(reader)
    with pytest.raises(AlreadyActive, match="active Pro"):
        subscriptions.create(admin, draft(reader, "enterprise"))
    db.session.rollback()
    subscriptions.create(admin, draft(reader, "enterprise"), end_present=True)
    assert of(reader)[1:] == [("pro", "cancelled"), ("enterprise", "active")]


@transaction
def test_one_that_has_expired_unnoticed_is_in_nobodys_way(reader):
    old = subscribe(reader, end=NOW - DAY)
    subscriptions.create(person(make_admin()), draft(reader, "enterprise"))
    assert fresh(old).status == "expired"


@transaction
@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"user": "nobody@earshot.test"}, UnknownPerson),
        ({"end": NOW - 2 * DAY}, BadDates),
        ({"status": "expired", "end": NOW + DAY}, BadDates),
    ],
)
def test_what_cannot_be_is_refused(reader, words, error):
    with pytest.raises(error):
        subscriptions.create(person(make_admin()), draft(**({"user": reader} | words)))
    assert of(reader) == [("free", "active")]


@transaction
def test_history_can_be_entered_beside_what_is_active(reader):
    admin = person(make_admin())
    subscriptions.create(admin, draft(reader, status="cancelled", start=NOW - 9 * DAY))
    subscriptions.create(admin, draft(reader, start=NOW - 8 * DAY, end=NOW - DAY))
    rows = {(row.status, row.state) for row in subscription_queries.all_of(reader.id)}
    assert rows == {("active", "active"), ("cancelled", "ended"), ("expired", "expired")}


def act(row, what, reason=""):
    key = subscriptions.act(person(make_admin()), row.id, what, reason)
    db.session.commit()
    return subscription_queries.find(key)


@transaction
def test_cancelling_now_takes_access_at_once(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    after = act(row, Cancel(), "Asked for it")
    assert (after.status, after.state) == ("cancelled", "ended")
    entry = log("subscription.cancelled")[-1]
    assert entry.reason == "Asked for it"
    assert entry.before == {"status": "active", "end_date": (NOW + 30 * DAY).isoformat()}


@transaction
def test_cancelling_at_the_end_keeps_the_end_and_the_access(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    after = act(row, Cancel(CancelWhen.END))
    assert (after.status, after.state, after.end_date) == ("cancelled", "cancelled", row.end_date)
    with pytest.raises(NotPossible, match="cancelled already"):
        act(row, Cancel(CancelWhen.END))


@transaction
def test_one_without_an_end_can_end_with_the_month(reader):
    row = subscribe(reader)
    with pytest.raises(NotPossible, match="no end"):
        act(row, Cancel(CancelWhen.END))
    db.session.rollback()
    after = act(row, Cancel(CancelWhen.MONTH_END))
    assert after.end_date > NOW
    assert (after.end_date + timedelta(seconds=1)).day == 1


@transaction
def test_one_that_never_began_ends_where_it_stands(reader):
    row = subscribe(reader, start=NOW + 9 * DAY, end=NOW + 30 * DAY)
    assert act(row, Cancel()).state == "ended"


@transaction
def test_resuming_works_only_while_it_runs(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    act(row, Cancel(CancelWhen.END))
    assert act(row, Resume()).state == "active"
    with pytest.raises(NotPossible, match="is not cancelled"):
        act(row, Resume())
    db.session.rollback()
    act(row, Cancel())
    for what in (Resume(), Extend(1), Cancel(), ChangePlan(Plan.FREE)):
        with pytest.raises(NotPossible, match="has ended"):
            act(row, what)


@transaction
def test_resuming_never_makes_two_active_ones(reader):
    row = subscribe(reader, status="cancelled", end=NOW + 30 * DAY)
    with pytest.raises(AlreadyActive, match="active Free"):
        act(row, Resume())


@transaction
def test_extending_leaves_a_cancelled_one_cancelled(reader):
    row = subscribe(reader, end=NOW + 30 * DAY, status="cancelled")
    after = act(row, Extend(3))
    assert (after.status, after.end_date) == ("cancelled", add_months(NOW + 30 * DAY, 3, UTC))
    assert act(row, Extend(until=NOW + 400 * DAY)).end_date == NOW + 400 * DAY
    with pytest.raises(NotPossible, match="ends later already"):
        act(row, Extend(until=NOW + 2 * DAY))


@transaction
def test_changing_the_plan_keeps_what_ran_before(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    after = act(row, ChangePlan(Plan.ENTERPRISE), "Upgrade")
    assert of(reader)[1:] == [("pro", "cancelled"), ("enterprise", "active")]
    assert after.id != row.id
    assert after.end_date == NOW + 30 * DAY
    assert fresh(row).end_date == after.start_date
    changed = log("subscription.plan_changed")[0]
    assert (changed.before["plan"], changed.after["plan"]) == ("pro", "enterprise")
    assert changed.after["continued_by"] == str(after.id)
    started = log("subscription.created")[0]
    assert (started.object_id, started.after["continues"]) == (after.id, str(row.id))


@transaction
def test_the_plan_of_one_that_has_not_begun_is_changed_in_place(reader):
    row = subscribe(reader, start=NOW + 9 * DAY)
    after = act(row, ChangePlan(Plan.ENTERPRISE))
    assert (after.id, after.plan) == (row.id, "enterprise")


def terms(row, **changes):
    values = {
        "plan": row.plan,
        "status": row.status,
        "start_date": row.start_date,
        "end_date": row.end_date,
    }
    return Terms(**(values | changes))


def edit(row, seen=None, **changes):
    key = subscriptions.edit(person(make_admin()), row.id, terms(row, **changes), seen)
    db.session.commit()
    return subscription_queries.find(key)


@transaction
def test_editing_dates_never_touches_the_status(reader):
    row = subscribe(reader, end=NOW + 30 * DAY, status="cancelled")
    after = edit(row, end_date=NOW + 31 * DAY)
    assert (after.id, after.status, after.state) == (row.id, "cancelled", "cancelled")
    entry = log("subscription.edited")[0]
    assert list(entry.after) == ["end_date"]
    edit(fresh(row))
    assert len(log("subscription.edited")) == 1, "nothing was changed the second time"


@transaction
def test_editing_status_or_plan_follows_the_rules(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    assert edit(row, status=SubscriptionStatus.CANCELLED).state == "cancelled"
    assert edit(fresh(row), status=SubscriptionStatus.ACTIVE).state == "active"
    moved = edit(fresh(row), plan=Plan.ENTERPRISE, end_date=NOW + 50 * DAY)
    assert (moved.plan, moved.end_date) == ("enterprise", NOW + 50 * DAY)
    assert fresh(row).plan == "pro"
    with pytest.raises(NotPossible, match="has ended"):
        edit(fresh(row), end_date=NOW + 60 * DAY)
    db.session.rollback()
    with pytest.raises(NotPossible):
        edit(db.session.get_one(Subscription, moved.id), status=SubscriptionStatus.EXPIRED)


@transaction
def test_what_is_over_may_be_corrected_but_does_not_come_back(reader):
    row = subscribe(reader, end=NOW - 3 * DAY)
    assert edit(row, end_date=NOW - 2 * DAY).state == "expired"
    for changes in (
        {"end_date": None},
        {"end_date": NOW + DAY},
        {"status": SubscriptionStatus.CANCELLED},
        {"plan": Plan.FREE},
    ):
        with pytest.raises(NotPossible):
            edit(fresh(row), **changes)
        db.session.rollback()


@transaction
def test_editing_what_somebody_else_changed_meanwhile_is_refused(reader):
    row = subscribe(reader, end=NOW + 30 * DAY)
    with pytest.raises(Overtaken):
        edit(row, seen=row.updated_at - DAY, end_date=NOW + 40 * DAY)
    db.session.rollback()
    with pytest.raises(BadDates):
        edit(row, end_date=row.start_date - DAY)


@transaction
def test_there_is_nothing_to_do_to_what_is_not_there(reader):
    with pytest.raises(NotFound):
        subscriptions.act(person(make_admin()), reader.id, Resume())


@transaction
def test_expiring_writes_down_what_is_true_already(reader):
    row = subscribe(reader, end=NOW - DAY)
    kept = subscribe(make_user(), end=NOW + DAY)
    with scope.acting(scope.WORKER):
        assert subscriptions.expire() == 1
        assert subscriptions.expire() == 0
    assert fresh(row).status == "expired"
    assert fresh(kept).status == "active"
    assert [entry.actor_email for entry in log("subscription.expired")] == [""]


@transaction
def test_all_of_it_is_open_to_an_admins_role_and_no_others(reader):
    admin, other, wish = person(make_admin()), person(reader), draft(reader)
    scope.enter(scope.ADMIN, admin.id)
    key = subscriptions.create(admin, wish)
    subscriptions.act(admin, key, ChangePlan(Plan.ENTERPRISE))
    scope.enter(scope.ADMIN, other.id)
    with pytest.raises(UnknownPerson):
        subscriptions.create(other, wish)


def test_two_admins_at_once_make_one_active_subscription(live_app):
    with live_app.app_context():
        scope.enter(scope.OWNER)
        admin, reader = make_admin(), make_user()
        who, email = person(admin), reader.email
        db.session.remove()
    outcomes = []
    together = threading.Barrier(4)

    def give():
        with live_app.app_context():
            scope.enter(scope.ADMIN, who.id)
            together.wait()
            try:
                subscriptions.create(who, draft(email))
                db.session.commit()
                outcomes.append("made")
            except AlreadyActive:
                db.session.rollback()
                outcomes.append("refused")

    threads = [threading.Thread(target=give) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    with live_app.app_context():
        scope.enter(scope.OWNER)
        active = "SELECT count(*) FROM subscriptions JOIN users u ON u.id = user_id"
        where = f"{active} WHERE status = 'active' AND email = :email"
        assert db.session.scalar(text(where), {"email": email}) == 1


def test_months_are_those_of_the_calendar_on_the_admins_clock():
    def at(*parts):
        return datetime(*parts, tzinfo=UTC)

    assert add_months(at(2026, 1, 31, 12), 1, UTC) == at(2026, 2, 28, 12)
    assert add_months(at(2026, 11, 30, 12), 3, UTC) == at(2027, 2, 28, 12)
    assert add_months(at(2024, 2, 29), 12, UTC) == at(2025, 2, 28)
    assert month_end(at(2026, 12, 5), UTC) == at(2026, 12, 31, 23, 59, 59)
    assert START.tzinfo is UTC
