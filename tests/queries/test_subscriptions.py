"""The table of subscriptions: by what is true, and at any moment the same everywhere."""

from datetime import timedelta

import pytest

from models import Plan, SubscriptionState
from queries import subscriptions as subscription_queries
from queries.subscriptions import SORTING, Wanted
from tests.factories import make_user
from tests.subscribed import DAY, NOW, make_admin, subscribe

pytestmark = pytest.mark.usefixtures("transaction")


def emails(wanted, sort=None):
    rows, _ = subscription_queries.list_page(wanted, SORTING.order(sort), None, 50)
    return [row.email for row in rows]


@pytest.fixture
def people(transaction):
    made = {
        "running": subscribe(make_user("running@a.test"), end=NOW + 5 * DAY),
        "leaving": subscribe(make_user("leaving@a.test"), status="cancelled", end=NOW + 20 * DAY),
        "gone": subscribe(make_user("gone@b.test"), status="cancelled", end=NOW - DAY),
        "late": subscribe(make_user("late@b.test"), end=NOW - DAY),
        "soon": subscribe(make_user("soon@b.test"), "enterprise", start=NOW + DAY),
    }
    return {name: row.id for name, row in made.items()}


def found(**wanted):
    return {email.partition("@")[0] for email in emails(Wanted(**wanted), "email")}


@pytest.mark.usefixtures("people")
def test_the_table_is_narrowed_by_what_is_true():
    state = SubscriptionState
    assert found(plan=Plan.PRO, state=state.ACTIVE) == {"running"}
    assert found(state=state.CANCELLED) == {"leaving"}
    assert found(plan=Plan.PRO, state=state.ENDED) == {"gone"}
    assert found(state=state.EXPIRED) == {"late"}
    assert found(state=state.SCHEDULED) == {"soon"}
    assert found(plan=Plan.PRO, current_only=True) == {"running", "leaving"}
    assert found(ends_within=7) == {"running"}
    assert found(ends_within=30) == {"running", "leaving"}
    assert found(search="B.TEST", plan=Plan.PRO) == {"gone", "late"}
    assert found(search="%") == set()


@pytest.mark.usefixtures("people")
def test_the_counts_agree_with_the_rows():
    make_admin()
    for wanted in (
        Wanted(),
        Wanted(plan=Plan.PRO),
        Wanted(state=SubscriptionState.EXPIRED),
        Wanted(ends_within=30),
        Wanted(search="running", current_only=True),
    ):
        look = subscription_queries.overview(wanted)
        assert look.matching == len(emails(wanted))
        assert look.matching == len(list(subscription_queries.stream(wanted, SORTING.order(None))))
    assert (look.people, look.pro, look.enterprise, look.ending_soon) == (6, 2, 0, 1)


def test_rows_sort_by_plan_from_small_to_great_and_those_without_end_come_last():
    subscribe(make_user("a@a.test"), "enterprise", end=NOW + 2 * DAY)
    subscribe(make_user("b@a.test"), "pro", end=NOW + DAY)
    subscribe(make_user("c@a.test"), "pro")
    current = Wanted(current_only=True)
    assert emails(current, "plan")[-1] == "a@a.test"
    assert emails(current, "-plan")[0] == "a@a.test"
    assert emails(current, "end") == ["b@a.test", "a@a.test", "c@a.test"]
    assert emails(current, "-end") == ["a@a.test", "b@a.test", "c@a.test"]
    assert emails(current, "email") == ["a@a.test", "b@a.test", "c@a.test"]


def test_what_was_seen_stays_what_it_was_when_time_goes_on():
    subscribe(make_user("x@a.test"), end=NOW + 5 * DAY)
    now = subscription_queries.overview(Wanted()).now
    running = Wanted(state=SubscriptionState.ACTIVE, plan=Plan.PRO, seen_at=now)
    assert emails(running) == ["x@a.test"]
    later = Wanted(state=SubscriptionState.ACTIVE, plan=Plan.PRO, seen_at=now + 6 * DAY)
    assert emails(later) == []


def test_one_persons_subscriptions_begin_with_what_is_in_force(reader):
    subscribe(reader, status="cancelled", start=NOW - 10 * DAY, end=NOW - DAY)
    subscribe(reader, start=NOW - 20 * DAY)
    states = [row.state for row in subscription_queries.all_of(reader.id)]
    assert states == ["active", "ended", "ended"]
    assert subscription_queries.find(reader.id) is None


def test_state_of_is_the_databases_word():
    state = subscription_queries.state_of
    from models import SubscriptionStatus as Status

    assert state(Status.ACTIVE, NOW - DAY, None) == "active"
    assert state(Status.ACTIVE, NOW - DAY, NOW - timedelta(hours=1)) == "expired"
    assert state(Status.CANCELLED, NOW - DAY, NOW + DAY) == "cancelled"
