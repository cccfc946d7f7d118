"""Files from elsewhere by the worker: in turn, once, and nothing left behind by any death."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

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
from tests.services.worker.workshop import until

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


def claim(**which: Any) -> Job | None:
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


def keeping(media_id: UUID) -> MediaKeep | None:
    db.session.rollback()
    return db.session.get(MediaKeep, media_id)


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


def test_a_recording_waits_for_its_own_readers_only(web: Web, reader: User):
    many, one = make_user(), make_user()
    slow = [remote(many, web.url(f"/{n}.mp3"), "audio") for n in range(3)]
    ask(many, *slow)
    picture = remote(many, web.url("/a.png"))
    ask(many, picture)
    mine = remote(one, web.url("/mine.mp3"), "audio")
    ask(one, mine)
    first = claim()
    assert first and first.media_id == slow[0]
    second = claim(no_sounds_of={many.id})
    assert second and second.media_id == mine
    third = claim(no_sounds_of={many.id, one.id})
    assert third and third.media_id == picture
    assert claim(no_sounds_of={many.id, one.id}) is None
    assert claim() is not None


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


def test_slow_recordings_of_one_reader_keep_nobody_else_waiting(live_app: Flask):
    gate = threading.Event()
    with serving() as web, live_app.app_context():
        live_app.config["SETTINGS"] = with_settings(live_app, fetch_allowed_hosts=web.place)

        def trickle(_: object) -> Iterator[bytes]:
            yield b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\r\n"
            while not gate.wait(0.1):
                yield b"RIFF"

        web.pages["*"] = trickle
        web.pages["/good.wav"] = reply(sound("wav"), type="audio/wav")
        scope.enter(scope.OWNER)
        many, one = make_user(), make_user()
        ask(many, *[remote(many, web.url(f"/slow{n}.wav"), "audio") for n in range(3)])
        mine = remote(one, web.url("/good.wav"), "audio")
        ask(one, mine)
        db.session.commit()
        keeper = Keeper()
        keeper.start()
        try:
            until(lambda: keeping(mine) is None, 15)
            assert web.times("/slow0.wav") == 1
            assert web.times("/slow1.wav") == 0
        finally:
            gate.set()
            keeper.stop(5)


@pytest.mark.parametrize("statement", ["DELETE FROM media_assets", "TRUNCATE media_assets"])
def test_what_is_wanted_goes_with_its_asset_and_what_was_put_is_given_up(
    app: Flask, transaction: None, statement: str
):
    owner = make_user()
    media_id = remote(owner, "https://e.test/a.png")
    ask(owner, media_id)
    db.session.execute(update(MediaKeep).values(put_keys=["media/left.png"]))

    db.session.execute(text(statement))

    assert db.session.scalars(select(MediaKeep.media_id)).all() == []
    assert "media/left.png" in db.session.scalars(text("SELECT key FROM abandoned_objects")).all()
