"""Sources visited by threads, on a database that commits."""

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select, update

import scope
from extensions import db
from models import NewsStory, Source
from services.worker import arrivals
from services.worker.arrivals import Arrivals
from tests.factories import make_user
from tests.feeding import feed, item, make_source
from tests.live import with_settings
from tests.servers.web import serving
from tests.services.worker.workshop import Workshop, until


def slowly(_: object) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    while True:
        time.sleep(0.1)
        yield b"<"


@pytest.fixture
def app_that_fetches(live_app: Flask) -> Flask:
    live_app.config["SETTINGS"] = with_settings(
        live_app,
        fetch_allowed_hosts="127.0.0.0/8",
        fetch_timeout=10.0,
        fetches_at_once=3,
    )
    return live_app


def tried(path: str) -> int:
    return db.session.scalar(
        select(func.count()).where(Source.url.contains(path), Source.tried_at.is_not(None))
    )


def test_a_slow_host_delays_only_itself(app_that_fetches: Flask):
    with app_that_fetches.app_context(), serving() as one, serving() as two, serving() as slow:
        scope.enter(scope.OWNER)
        for web in (one, two):
            web.pages["*"] = lambda asked: feed(item(asked.path, guid=asked.path, link=""))
        slow.pages["*"] = slowly
        reader = make_user()
        for number in range(4):
            make_source(reader, slow.url(f"/slow{number}"))
        for number in range(30):
            make_source(reader, (one, two)[number % 2].url(f"/feed{number}"))
        visitor = Arrivals()
        visitor.start()

        def done() -> bool:
            db.session.rollback()
            return tried("/feed") == 30

        until(done)
        assert tried("/slow") <= 2
        threads = [one.name for one in threading.enumerate() if one.name == "visit"]
        assert len(threads) <= 3
        visitor.stop(0.5)
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(NewsStory)) == 30
        # The slow host was asked by one at a time.
        times = sorted(asked.at for asked in slow.asked)
        assert all(later - earlier > 9 for earlier, later in zip(times, times[1:], strict=False))


def test_one_that_is_cut_short_is_handed_back(app_that_fetches: Flask):
    app_that_fetches.config["SETTINGS"] = with_settings(app_that_fetches, fetch_timeout=30.0)
    with app_that_fetches.app_context(), serving() as slow:
        scope.enter(scope.OWNER)
        slow.pages["*"] = slowly
        source_id = make_source(make_user(), slow.url("/slow")).id
        visitor = Arrivals()
        visitor.start()
        until(lambda: bool(slow.asked))
        visitor.stop(0.2)
        db.session.rollback()
        due = select(Source.fetching_since, Source.next_fetch_at <= func.now(), Source.failures)
        assert db.session.execute(due.where(Source.id == source_id)).one() == (None, True, 0)


def test_two_drains_at_once_visit_each_source_once(app_that_fetches: Flask):
    with app_that_fetches.app_context(), serving() as web:
        scope.enter(scope.OWNER)
        web.pages["*"] = feed(item(1), item(2))
        reader = make_user()
        for number in range(6):
            make_source(reader, web.url(f"/feed{number}"))
        done: list[int] = []

        def work() -> None:
            with app_that_fetches.app_context():
                while sum(done) < 6 and (count := arrivals.drain()) is not None:
                    done.append(count)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(done) == 6
        assert sorted(one.path for one in web.asked) == [f"/feed{n}" for n in range(6)]
        db.session.rollback()
        # The same two articles from six sources are two stories.
        assert db.session.scalar(select(func.count()).select_from(NewsStory)) == 2


def test_the_worker_command_visits_sources(workshop: Workshop):
    with serving() as web, workshop.app.app_context():
        scope.enter(scope.OWNER)
        web.pages["*"] = feed(item(1))
        make_source(make_user(), web.url("/feed"))
        worker = workshop.worker(FETCH_ALLOWED_HOSTS=web.place)
        until(lambda: workshop.value("SELECT count(*) FROM news_history") == 1)
        db.session.execute(update(Source).values(next_fetch_at=func.now()))
        db.session.commit()
        until(lambda: len(web.asked) == 2)
        worker.terminate()
        assert worker.wait(20) == 0
