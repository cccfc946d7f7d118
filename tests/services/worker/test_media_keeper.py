"""Files from elsewhere by the worker: in turn, once, and nothing left behind by any death."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

import scope
from errors import StorageError
from extensions import db
from models import KeepState, MediaAsset, MediaKeep, User
from services import keeping_media
from services.storage import MEDIA, THUMBNAILS, open_storage
from services.worker import media_keeper, media_queue, transaction
from services.worker.chores import remove_abandoned
from services.worker.media_keeper import DEAD_WORDS, TRIES, Keeper
from services.worker.media_queue import Job
from tests.factories import make_asset, make_story, make_user
from tests.live import with_settings
from tests.samples import image, sound
from tests.servers.web import Web, reply, serving
from tests.services.worker.workshop import Workshop, kill, until

PICTURE = reply(image(size=(900, 600)), type="image/png")


@pytest.fixture
def web(app: Flask, transaction: None) -> Iterator[Web]:
    """Run a site with pictures and sounds, for the app whose transactions are rolled back."""
    before = app.config["SETTINGS"]
    with serving() as running:
        app.config["SETTINGS"] = with_settings(app, fetch_allowed_hosts=running.place)
        running.pages["*"] = PICTURE
        yield running
    app.config["SETTINGS"] = before


def remote(owner: User, url: str, type: str = "image") -> UUID:
    return make_asset(owner, make_story(owner), type, url=url, arrived=True).id


def ask(owner: User, *media_ids: UUID) -> None:
    for media_id in media_ids:
        keeping_media.ask(owner.id, media_id)
        db.session.commit()


def claim(**which: bool) -> Job | None:
    with transaction():
        return media_queue.claim(**which)


def fall_due() -> None:
    db.session.execute(update(MediaKeep).values(look_at=func.now() - timedelta(seconds=1)))
    db.session.commit()


def keep_of(media_id: UUID) -> MediaKeep:
    db.session.expire_all()
    found = db.session.get(MediaKeep, media_id)
    assert found is not None
    return found


def objects() -> set[str]:
    storage = open_storage()
    return {one.key for kind in (MEDIA, THUMBNAILS) for one in storage.list(f"{kind}/")}


def test_who_asks_for_one_waits_for_little_of_what_another_asked_for(web: Web):
    many, one = make_user(), make_user()
    files = [remote(many, web.url(f"/{n}.png")) for n in range(20)]
    ask(many, *files)
    mine = remote(one, web.url("/mine.png"))
    ask(one, mine)
    turns = []
    while job := claim():
        turns.append(job.media_id)
    assert turns[1] == mine
    assert [media_id for media_id in turns if media_id != mine] == files


def test_a_picture_does_not_wait_for_recordings(web: Web, reader: User):
    recording = remote(reader, web.url("/a.mp3"), "audio")
    other = remote(reader, web.url("/b.mp3"), "audio")
    picture = remote(reader, web.url("/c.png"))
    ask(reader, recording, other, picture)
    job = claim(pictures_only=True)
    assert job and job.media_id == picture
    assert claim(pictures_only=True) is None


def test_what_a_worker_held_is_taken_up_again_and_finished_by_one_only(web: Web, reader: User):
    media_id = remote(reader, web.url("/one.png"))
    ask(reader, media_id)
    dead = claim()
    assert dead
    assert claim() is None
    fall_due()
    assert media_keeper.drain() == 1
    kept = objects()
    media_keeper.perform(dead)  # it was only slow
    assert objects() == kept
    asset = db.session.get(MediaAsset, media_id)
    assert asset and {asset.storage_key, asset.thumbnail_key} <= kept


def test_a_file_that_kills_its_workers_is_given_up_until_its_reader_asks_again(
    web: Web, reader: User
):
    media_id = remote(reader, web.url("/one.png"))
    ask(reader, media_id)
    for _ in range(TRIES):
        assert claim()
        fall_due()
    media_keeper.drain()
    failed = keep_of(media_id)
    assert (failed.state, failed.error) == (KeepState.FAILED, DEAD_WORDS)
    assert web.asked == []
    ask(reader, media_id)
    assert media_keeper.drain() == 1
    assert db.session.scalar(select(func.count()).select_from(MediaKeep)) == 0


def test_storage_that_is_away_is_waited_for(web: Web, reader: User, monkeypatch):
    media_id = remote(reader, web.url("/one.png"))
    ask(reader, media_id)
    storage = open_storage()

    def away(*_: object) -> None:
        raise StorageError("Storage is away.")

    with monkeypatch.context() as broken:
        broken.setattr(type(storage), "put", away)
        media_keeper.drain()
        assert keep_of(media_id).state is KeepState.WAITING
        assert claim() is None
    fall_due()
    media_keeper.drain()
    asset = db.session.get(MediaAsset, media_id)
    assert asset and asset.storage_key


def test_deleted_while_it_is_fetched_leaves_nothing(web: Web, reader: User):
    media_id = remote(reader, web.url("/one.png"))
    ask(reader, media_id)
    before = objects()

    job = claim()
    assert job
    puts: list[object] = []
    whole = keeping_media.put

    def put_and_delete(*args: object) -> None:
        whole(*args)  # type: ignore[arg-type]
        puts.append(objects() - before)
        scope.enter(scope.OWNER)
        db.session.delete(db.session.get(MediaAsset, media_id))
        db.session.commit()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping_media, "put", put_and_delete)
        media_keeper.perform(job)
    assert len(puts[0]) == 2  # type: ignore[arg-type]
    assert objects() == before
    remove_abandoned()
    assert objects() == before


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
    assert len(site.web.asked) <= 32


def test_a_long_fetch_keeps_its_lease_and_ends_when_its_file_is_deleted(live_app: Flask):
    live_app.config["SETTINGS"] = with_settings(
        live_app, narration_lease=1.0, narration_heartbeat=0.2
    )
    gate = threading.Event()
    with serving() as web, live_app.app_context():
        live_app.config["SETTINGS"] = with_settings(live_app, fetch_allowed_hosts=web.place)

        def trickle(_: object) -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n"
            while not gate.wait(0.1):
                yield b"RIFF"

        web.pages["/long.wav"] = trickle
        scope.enter(scope.OWNER)
        owner = make_user()
        media_id = remote(owner, web.url("/long.wav"), "audio")
        ask(owner, media_id)
        keeper = Keeper()
        keeper.start()
        try:
            until(lambda: web.times("/long.wav") == 1)
            time.sleep(2.5)
            assert claim() is None
            assert keep_of(media_id).attempt == 1
            db.session.delete(db.session.get(MediaAsset, media_id))
            db.session.commit()
            until(lambda: keeper._jobs() == {}, 5)
        finally:
            gate.set()
            keeper.stop(5)
