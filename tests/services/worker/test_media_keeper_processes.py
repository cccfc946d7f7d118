"""Files from elsewhere by real worker processes, which are killed, stopped and slow."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

import scope
from services.worker.media_keeper import AT_ONCE
from tests.factories import make_user
from tests.samples import sound
from tests.servers.web import Web, reply, serving
from tests.services.worker.test_media_keeper import PICTURE, ask, remote
from tests.services.worker.workshop import Workshop, kill, until


@pytest.fixture
def site(workshop: Workshop) -> Iterator["Site"]:
    """Open a site for real workers, and one that has what their reader wants."""
    with serving() as running:
        yield Site(workshop, running)


class Site:
    """A workshop whose reader wants files."""

    def __init__(self, shop: Workshop, web: Web) -> None:
        self.shop = shop
        self.web = web

    def worker(self):
        return self.shop.worker(FETCH_ALLOWED_HOSTS=self.web.place)

    def ask(self, *names: str, type: str = "image") -> list[UUID]:
        with self.shop.app.app_context():
            scope.enter(scope.OWNER)
            owner = make_user()
            ids = [remote(owner, self.web.url(name), type) for name in names]
            ask(owner, *ids)
            return ids

    def states(self) -> list[tuple]:
        return self.shop.rows("SELECT state, attempt, tries FROM media_keeps")

    def is_kept(self, count: int) -> bool:
        kept = "SELECT count(*) FROM media_assets WHERE storage_key IS NOT NULL"
        return self.shop.value(kept) == count and self.states() == [] and self.shop.sweep() == []


def slowly(gate: threading.Event, whole: bytes) -> Callable[[object], Iterator[bytes]]:
    """Send all but the end, and that when the gate opens."""

    def answer(_: object) -> Iterator[bytes]:
        yield whole[:-100]
        gate.wait(30)
        yield whole[-100:]

    return answer


def test_a_killed_worker_is_replaced(site: Site):
    gate = threading.Event()
    site.web.pages["/one.png"] = slowly(gate, PICTURE)
    site.ask("/one.png")
    victim = site.worker()
    until(lambda: site.web.times("/one.png") == 1)
    assert site.states() == [("working", 1, 1)]
    kill(victim)
    gate.set()
    site.worker()
    until(lambda: site.is_kept(1))
    assert site.web.times("/one.png") == 2


def test_a_worker_killed_between_object_and_commit_leaves_no_orphan(site: Site):
    site.web.pages["/one.png"] = PICTURE
    site.ask("/one.png")
    with site.shop._locked("media_assets"):
        victim = site.worker()
        until(lambda: len(site.shop.sweep()) == 2)  # both objects, and no row yet
        kill(victim)
    site.worker()
    until(lambda: site.is_kept(1))


def test_one_deleted_after_such_a_death_is_removed_too(site: Site):
    site.web.pages["/one.png"] = PICTURE
    [media_id] = site.ask("/one.png")
    with site.shop._locked("media_assets"):
        victim = site.worker()
        until(lambda: len(site.shop.sweep()) == 2)
        kill(victim)
    site.shop.rows("DELETE FROM media_assets WHERE id = %(id)s RETURNING id", id=media_id)
    site.worker()
    until(lambda: site.shop.sweep() == [])
    assert site.states() == []


def test_a_worker_that_is_told_to_stop_hands_back_at_once(site: Site):
    gate = threading.Event()
    site.web.pages["/one.wav"] = slowly(gate, reply(sound(), type="audio/wav"))
    site.ask("/one.wav", type="audio")
    worker = site.worker()
    until(lambda: site.web.times("/one.wav") == 1)
    began = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert time.monotonic() - began < 15
    assert site.states() == [("waiting", 1, 0)]
    gate.set()
    site.worker()
    until(lambda: site.is_kept(1))


def test_workers_do_thirty_with_none_twice_though_one_is_killed(site: Site):
    site.web.pages["*"] = PICTURE
    site.ask(*(f"/{n}.png" for n in range(30)))
    victim, _ = site.worker(), site.worker()
    kept = "SELECT count(*) FROM media_assets WHERE storage_key IS NOT NULL"
    until(lambda: site.shop.value(kept) >= 5)
    kill(victim)
    until(lambda: site.is_kept(30))
    assert len(site.web.asked) <= 30 + AT_ONCE  # which the dead one had begun
