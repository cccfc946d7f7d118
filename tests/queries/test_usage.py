"""What the charts of admins read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from extensions import db
from models import Plan, Subscription, SubscriptionStatus, User
from queries import growth, usage
from queries.lines import Measure, Split
from queries.periods import Span, Step
from tests.factories import make_asset, make_user

pytestmark = pytest.mark.usefixtures("transaction")

WEEK = Span(date(2026, 3, 2), date(2026, 3, 8))


def note(user: User, action: str, when: str, quantity: float = 1, voice: str = "") -> None:
    db.session.execute(
        text(
            "INSERT INTO usage_metrics (user_id, action, created_at, quantity, metadata)"
            " VALUES (:user, :action, :at, :quantity, jsonb_build_object('voice', CAST(:voice AS text)))"
        ),
        {"user": user.id, "action": action, "at": when, "quantity": quantity, "voice": voice},
    )
    db.session.commit()


def subscribe(
    user: User, plan: Plan, start: datetime, end: datetime | None = None, **columns
) -> Subscription:
    columns.setdefault("status", SubscriptionStatus.ACTIVE)
    row = Subscription(user_id=user.id, plan=plan, start_date=start, end_date=end, **columns)
    db.session.add(row)
    db.session.commit()
    return row


def test_days_without_a_row_are_zero_and_days_are_utcs():
    user = make_user()
    note(user, "played", "2026-03-02 00:00:00Z", 10)
    note(user, "played", "2026-03-04 23:59:59Z", 5)
    note(user, "played", "2026-03-04 12:00:00Z", 5)
    note(user, "played", "2026-03-09 00:00:00Z", 99)
    note(user, "narrated", "2026-03-05 00:00:00Z", 99)
    (line,) = usage.used(WEEK, "played", Measure.QUANTITY)
    assert line.values == [10, 0, 10, 0, 0, 0, 0]
    (line,) = usage.used(WEEK, "played")
    assert line.values == [1, 0, 2, 0, 0, 0, 0]


def test_nothing_at_all_is_no_line():
    assert usage.used(WEEK, "played") == []


def test_somebody_counts_once_a_period_however_often_they_come():
    one, other = make_user(), make_user()
    for day in (2, 3, 4):
        note(one, "played", f"2026-03-0{day} 10:00Z", 60)
    note(other, "played", "2026-03-04 10:00Z", 60)
    (line,) = usage.used(WEEK, "played", Measure.PEOPLE)
    assert line.values == [1, 1, 2, 0, 0, 0, 0]
    (line,) = usage.used(Span.whole(WEEK.first, WEEK.last, Step.WEEK), "played", Measure.PEOPLE)
    assert line.values == [2]
    assert usage.people_who(WEEK, "played") == 2


def test_parts_are_voices_or_the_plans_of_the_time():
    user = make_user()
    db.session.query(Subscription).delete()
    start = datetime(2026, 3, 3, tzinfo=UTC)
    subscribe(user, Plan.PRO, start, start + timedelta(days=2))
    for day in (2, 3, 4, 5):
        note(user, "narrated", f"2026-03-0{day} 12:00Z", 100, "espeak:de" if day == 4 else "")
    by_plan = {
        line.key: line.values for line in usage.used(WEEK, "narrated", Measure.QUANTITY, Split.PLAN)
    }
    assert by_plan == {"none": [100, 0, 0, 100, 0, 0, 0], "pro": [0, 100, 100, 0, 0, 0, 0]}
    by_voice = {
        line.key: line.values
        for line in usage.used(WEEK, "narrated", Measure.QUANTITY, Split.VOICE)
    }
    assert by_voice == {"": [100, 100, 0, 100, 0, 0, 0], "espeak:de": [0, 0, 100, 0, 0, 0, 0]}


@pytest.mark.parametrize("split", [None, *Split])
@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("step", Step)
def test_folding_changes_no_chart(step: Step, measure: Measure, split: Split | None):
    one, other = make_user(), make_user()
    span = Span.whole(WEEK.first, WEEK.last, step)

    def add() -> None:
        for day, user in ((2, one), (2, one), (3, one), (3, other), (8, other)):
            note(user, "narrated", f"2026-03-0{day} 12:00Z", 100, "espeak:de" if day == 3 else "")

    add()
    loose = usage.used(span, "narrated", measure, split)
    db.session.execute(text("SELECT fold_usage_daily()"))
    assert usage.used(span, "narrated", measure, split) == loose
    add()
    mixed = usage.used(span, "narrated", measure, split)
    assert (mixed == loose) == (measure is Measure.PEOPLE)
    db.session.execute(text("SELECT fold_usage_daily()"))
    assert usage.used(span, "narrated", measure, split) == mixed
    db.session.delete(other)
    db.session.commit()
    alone = usage.used(span, "narrated", measure, split)
    db.session.execute(text("SELECT rebuild_usage_daily()"))
    assert usage.used(span, "narrated", measure, split) == alone != mixed


def test_people_are_those_with_an_account_at_the_end_of_each_period():
    make_user(created_at=datetime(2026, 2, 1, tzinfo=UTC))
    make_user(created_at=datetime(2026, 3, 4, 23, tzinfo=UTC))
    (line,) = growth.people(WEEK)
    assert line.values == [1, 1, 2, 2, 2, 2, 2]
    (line,) = growth.people(Span(date(2020, 1, 1), date(2020, 1, 2))) or [None]
    assert line is None


def plans_now() -> dict[str, int]:
    day = datetime.now(UTC).date()
    return {line.key: int(line.values[-1]) for line in growth.people(Span(day, day), Split.PLAN)}


def test_when_an_end_goes_by_the_chart_follows_before_any_job_has_run():
    user = make_user()
    row = db.session.query(Subscription).filter_by(user_id=user.id).one()
    row.plan = Plan.PRO
    db.session.commit()
    assert plans_now() == {"pro": 1}
    row.end_date = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()
    assert row.status is SubscriptionStatus.ACTIVE
    assert {plan: count for plan, count in plans_now().items() if count} == {"none": 1}


def test_writing_an_expiry_down_does_not_change_the_past():
    user = make_user(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    db.session.query(Subscription).delete()
    row = subscribe(
        user, Plan.PRO, datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)
    )
    before = growth.people(WEEK, Split.PLAN)
    assert {line.key: line.values for line in before} == {
        "none": [1, 0, 0, 0, 1, 1, 1],
        "pro": [0, 1, 1, 1, 0, 0, 0],
    }
    row.status = SubscriptionStatus.EXPIRED
    db.session.commit()
    assert growth.people(WEEK, Split.PLAN) == before


def test_plans_of_many_are_those_of_each_and_add_up_to_everybody():
    """The chart against plan_in_force(), asked for each person at each day's end."""
    db.session.execute(text("SELECT setseed(0.4)"))
    db.session.execute(
        text(
            "INSERT INTO users (email, created_at) SELECT n || '@x',"
            " '2026-03-01Z'::timestamptz + random() * interval '7 days' FROM generate_series(1, 60) n"
        )
    )
    for status in ("cancelled", "expired", "cancelled", "active"):
        db.session.execute(
            text(
                "INSERT INTO subscriptions (user_id, plan, status, start_date, end_date, created_at)"
                " SELECT id, (ARRAY['free', 'pro', 'enterprise'])[1 + (random() * 2)::int], :status,"
                " at, CASE WHEN random() < .8 THEN at + random() * interval '4 days' END, at"
                " FROM (SELECT id, '2026-02-27Z'::timestamptz + random() * interval '9 days' AS at"
                "       FROM users WHERE random() < .7) AS s"
            ),
            {"status": status},
        )
    db.session.commit()
    lines = {line.key: line.values for line in growth.people(WEEK, Split.PLAN)}
    for place, day in enumerate(WEEK.periods()):
        counted = db.session.execute(
            text(
                # The very end of the day, before the next begins.
                "SELECT plan_in_force(id, :at), count(*) FROM users WHERE created_at <= :at GROUP BY 1"
            ),
            {"at": datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=UTC)},
        )
        assert dict(counted.all()) == {
            key: values[place] for key, values in lines.items() if values[place]
        }
    (everybody,) = growth.people(WEEK)
    assert [sum(day) for day in zip(*lines.values(), strict=True)] == everybody.values


def test_storage_is_what_was_held_at_the_end_of_each_day():
    user = make_user()
    make_asset(user, byte_size=700)
    db.session.execute(text("UPDATE usage_daily SET day = '2026-03-03'"))
    make_asset(user, byte_size=50)
    db.session.execute(text("UPDATE usage_daily SET day = '2026-03-05' WHERE quantity = 50"))
    db.session.execute(text("DELETE FROM media_assets WHERE byte_size = 700"))
    db.session.execute(text("UPDATE usage_daily SET day = '2026-03-07' WHERE quantity < 0"))
    (line,) = growth.stored(WEEK)
    assert line.values == [0, 700, 700, 750, 750, 50, 50]
    db.session.execute(text("SELECT fold_usage_daily()"))
    assert growth.stored(WEEK) == [line]
    (line,) = growth.stored(Span(date(2026, 3, 6), date(2026, 3, 7)), Split.PLAN)
    assert (line.key, line.values) == ("free", [750, 50])
