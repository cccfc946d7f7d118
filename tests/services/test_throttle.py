from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import scope
from errors import TooMany
from extensions import db
from models import Throttle
from services import throttle
from services.throttle import Limit
from tests.live import live_app

__all__ = ["live_app"]

LIMIT = Limit("test", 3)


def tries(counter):
    return db.session.scalar(select(Throttle.tries).where(Throttle.key == counter.key))


def end_window(*counters):
    db.session.execute(
        update(Throttle)
        .where(Throttle.key.in_([one.key for one in counters]))
        .values(window_ends_at=func.now() - timedelta(seconds=1))
    )


@pytest.fixture(autouse=True)
def as_accounts(transaction):
    scope.enter(scope.ACCOUNTS)


def test_the_last_try_is_allowed_and_the_next_says_how_long_to_wait():
    counter = LIMIT.of("somebody@earshot.test")
    for _ in range(3):
        throttle.spend(counter)

    with pytest.raises(TooMany, match="Try again in 15 minutes") as refusal:
        throttle.spend(counter)

    assert 890 < refusal.value.retry_after <= 900


def test_a_new_window_starts_afresh():
    counter = LIMIT.of("somebody@earshot.test")
    for _ in range(3):
        throttle.spend(counter)
    end_window(counter)

    throttle.spend(counter)

    assert tries(counter) == 1


def test_an_address_is_one_subject_however_it_is_typed_and_never_stored():
    counter = LIMIT.of(" Somebody@Earshot.test ")

    throttle.spend(counter)
    throttle.spend(LIMIT.of("somebody@earshot.test"))

    assert tries(counter) == 2
    assert "somebody" not in counter.key


def test_several_counters_are_held_to_their_own_limits():
    address, client = LIMIT.of("a@b.test"), Limit("from", 100).of("192.0.2.1")
    for _ in range(3):
        throttle.spend(address, client)

    with pytest.raises(TooMany):
        throttle.spend(address, client)
    throttle.spend(LIMIT.of("other@b.test"), client)


def test_a_good_try_is_given_back_and_success_clears():
    address, client = LIMIT.of("a@b.test"), LIMIT.of("192.0.2.1")
    throttle.spend(address, client)
    throttle.spend(address, client)

    throttle.give_back(client)
    throttle.clear(address)

    assert tries(client) == 1
    assert tries(address) is None


def test_sweeping_removes_only_what_is_over():
    over, open_ = LIMIT.of("over"), LIMIT.of("open")
    throttle.spend(over, open_)
    end_window(over)

    throttle.sweep()

    assert tries(over) is None
    assert tries(open_) == 1


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_a_client_is_its_address_or_its_network(address, name):
    assert throttle.client_name(address) == name


def test_of_many_tries_at_once_each_is_counted(live_app):
    """Twenty processes' worth of tries in parallel; exactly the limit gets through."""
    counters = [Limit("rush", 5).of("a@b.test"), Limit("rush-from", 50).of("192.0.2.1")]

    def attempt(_):
        with live_app.app_context():
            scope.enter(scope.ACCOUNTS)
            try:
                throttle.spend(*counters)
                db.session.commit()
            except TooMany:
                db.session.rollback()
                return False
            return True

    with ThreadPoolExecutor(10) as pool:
        passed = list(pool.map(attempt, range(20)))

    assert passed.count(True) == 5
