"""The queue's statements."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

import scope
from extensions import db
from models import AudioGeneration
from services import voice_choice
from services.worker import queue, transaction
from tests.factories import make_story, make_user
from tests.services.narrating import asked, attempt

pytestmark = pytest.mark.usefixtures("transaction")


@pytest.fixture
def ids():
    """Three attempts, a minute apart."""
    owner = make_user()
    found = [asked(owner, make_story(owner)).generation_id for _ in range(3)]
    for minutes, one in enumerate(found):
        when = func.now() - timedelta(minutes=10 - minutes)
        change(one, not_before=when)
    return found


def change(generation_id, **values):
    db.session.execute(
        update(AudioGeneration).where(AudioGeneration.id == generation_id).values(**values)
    )
    db.session.commit()


def claim():
    with transaction():
        return queue.claim()


def waits(generation_id) -> float:
    not_before = attempt(generation_id).not_before
    return db.session.scalar(select(func.extract("epoch", not_before - func.now())))


def test_the_one_that_has_waited_longest_comes_first_and_each_only_once(ids):
    assert [claim().id for _ in range(3)] == ids
    assert claim() is None


def test_what_is_not_due_waits(ids):
    change(ids[0], not_before=func.now() + timedelta(minutes=1))

    assert claim().id == ids[1]


def test_a_claim_starts_the_clock_and_forgets_the_last_failure(ids):
    change(ids[0], error="It broke.", error_code="broken", progress=0.5)

    job = claim()

    assert job.attempt == 1
    one = attempt(job.id)
    assert (one.status, one.stage, one.progress) == ("processing", "speaking", 0)
    assert one.error is None
    assert one.heartbeat_at is not None


def test_only_silent_workers_lose_their_work(ids):
    job, silent = claim(), claim()
    change(silent.id, heartbeat_at=func.now() - timedelta(seconds=31))

    with transaction():
        assert queue.take_back() == 1

    assert attempt(job.id).status == "processing"
    back = attempt(silent.id)
    assert (back.status, back.failures, back.error_code) == ("pending", 1, "worker_died")
    assert claim().id != job.id


def test_nobody_finishes_what_another_has_taken(ids):
    late = claim()
    change(late.id, heartbeat_at=func.now() - timedelta(hours=1))
    with transaction():
        queue.take_back()
    change(late.id, not_before=func.now() - timedelta(hours=1))
    assert claim().id == late.id

    with transaction():
        assert not queue.beat(late, attempt(late.id).stage, 0.5, None)
        assert not queue.hand_back(late)
        assert not queue.fail(late, "no", "no")
        assert not queue.retry_later(late, "no", "no", None)
    assert attempt(late.id).status == "processing"
    assert attempt(late.id).attempt == 2


def test_waits_grow_and_then_it_is_given_up(ids):
    expected = [10, 60, 300]
    for seconds in expected:
        change(ids[0], not_before=func.now() - timedelta(hours=1))
        with transaction():
            assert queue.retry_later(queue.claim(), "Busy.", "busy", None)
        assert waits(ids[0]) == pytest.approx(seconds, abs=0.1)
        assert attempt(ids[0]).error == "Busy."
    change(ids[0], not_before=func.now() - timedelta(hours=1))
    with transaction():
        assert queue.retry_later(queue.claim(), "Busy.", "busy", None)

    ended = attempt(ids[0])
    assert (ended.status, ended.failures, ended.error) == ("failed", 4, "Busy.")


@pytest.mark.parametrize(("asks_for", "seconds"), [(5, 10), (90, 90), (1e9, 24 * 3600)])
def test_a_provider_may_ask_for_a_longer_wait(ids, asks_for, seconds):
    with transaction():
        queue.retry_later(queue.claim(), "Busy.", "busy", asks_for)

    assert waits(ids[0]) == pytest.approx(seconds, abs=0.1)


def test_a_worker_acts_as_itself_and_leaves_no_transaction_open(ids):
    scope.enter(scope.READER, make_user().id)
    before = scope.current()

    claim()

    assert scope.current() == before


def test_a_reader_sees_and_stops_only_what_is_theirs(ids):
    stranger = make_user().id
    scope.enter(scope.READER, stranger)

    assert db.session.scalar(select(func.count()).select_from(AudioGeneration)) == 0
    assert db.session.execute(text("UPDATE audio_generation_history SET text = ''")).rowcount == 0
    assert voice_choice.preference_of(stranger).voice_id == ""
