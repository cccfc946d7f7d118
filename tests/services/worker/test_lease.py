"""Holding a job while something takes long."""

import threading
import time

import pytest

from models import GenerationStage
from services import narration
from services.worker.lease import Lease, Lost, Stopping
from services.worker.loop import next_job
from tests.factories import make_story, make_user
from tests.services.narrating import asked, attempt

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def owner(transaction):
    return make_user()


@pytest.fixture
def job(owner):
    asked(owner, make_story(owner))
    return next_job()


def test_a_beat_tells_how_far_it_is_and_never_less(site, job, monkeypatch):
    monkeypatch.setattr("services.worker.lease.TELL_EVERY", 0.0)
    lease = Lease(job, lambda: False)
    lease.tick(0.4)
    lease.tick(0.2)
    assert attempt(job.id).progress == 0.4
    lease.begin_storing("audio/aa/bb/key")

    one = attempt(job.id)
    assert (one.progress, one.stage) == (1, GenerationStage.STORING)
    assert one.storage_key == "audio/aa/bb/key"


def test_whoever_is_to_stop_stops_at_once(job):
    with pytest.raises(Stopping):
        Lease(job, lambda: True).tick()


def test_what_takes_long_is_done_in_a_thread_while_the_job_is_held(job):
    lease = Lease(job, lambda: False)
    before = attempt(job.id).heartbeat_at

    assert (
        lease.wait_for(lambda: time.sleep(0.6) or threading.current_thread().name) != "MainThread"
    )

    assert attempt(job.id).updated_at is not None
    assert before is not None


def test_what_fails_in_the_thread_fails_here(job):
    def break_down():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Lease(job, lambda: False).wait_for(break_down)


def test_a_job_that_was_stopped_is_noticed_and_what_is_under_way_comes_to_its_end(job, owner):
    lease = Lease(job, lambda: False)
    narration.cancel(owner.id, job.id)
    ended = []

    with pytest.raises(Lost):
        lease.wait_for(lambda: time.sleep(0.8) or ended.append(1))

    assert ended == [1]


def test_pausing_ends_early_when_told_to_stop(job):
    asked_to = iter([False, False])
    with pytest.raises(Stopping):
        Lease(job, lambda: next(asked_to, True)).pause(30)
