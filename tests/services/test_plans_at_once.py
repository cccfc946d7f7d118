"""Many requests at once, on a database that commits: none overspends, and the counters are exact."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

import scope
from errors import LimitReached
from extensions import db
from models import User
from services import narration, news, plans
from services.narration import Wish
from tests.factories import PASSWORD, make_story, make_user
from tests.limited import allowing
from tests.live import live_app
from tests.samples import photo

__all__ = ["live_app"]

WORDS = "It rained at noon, and nobody in the old town minded."
AT_ONCE = 50


@pytest.fixture
def owner(live_app: Flask) -> User:
    with live_app.app_context():
        scope.enter(scope.OWNER)
        user = make_user()
        db.session.refresh(user)
        db.session.expunge(user)
        return user


def only(app: Flask, statement: str) -> object:
    with app.app_context():
        scope.enter(scope.OWNER)
        return db.session.execute(text(statement)).all()


def stories(app: Flask, owner: User, count: int) -> list[UUID]:
    with app.app_context():
        scope.enter(scope.OWNER)
        return [make_story(owner, f"Story {n}", content=WORDS).id for n in range(count)]


def at_once(work: Callable[[int], object], count: int = AT_ONCE) -> Counter[object]:
    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(work, range(count)))


def session_of(app: Flask, owner: User) -> str:
    client = app.test_client()
    client.post("/login", data={"email": owner.email, "password": PASSWORD})
    return client.get_cookie("earshot").value


def test_of_fifty_who_ask_at_once_with_room_for_one_one_is_taken(live_app: Flask, owner: User):
    kept = stories(live_app, owner, AT_ONCE)
    length = len(f"Story 10\n\n{WORDS}")
    session = session_of(live_app, owner)

    def narrate(number: int) -> int:
        browser = live_app.test_client()
        browser.set_cookie("earshot", session)
        reply = browser.post(f"/news/{kept[number]}/narrate")
        assert reply.status_code == 303 or "characters read aloud a month" in reply.text
        return reply.status_code

    with allowing(live_app, characters=2 * length - 3):
        assert at_once(narrate) == {303: 1, 403: 49}

    rows = "SELECT charged FROM audio_generation_history"
    ((charged,),) = only(live_app, rows)
    assert only(live_app, "SELECT used FROM usage_counters") == [(charged,)]
    assert charged in {length, length - 1}


def test_tales_that_fit_are_all_taken_and_the_counter_is_their_sum(live_app: Flask, owner: User):
    kept = stories(live_app, owner, 20)

    def narrate(number: int) -> str:
        with live_app.app_context():
            scope.enter(scope.READER, owner.id)
            try:
                narration.ask(owner.id, kept[number], Wish(text="0123456789"))
                db.session.commit()
            except LimitReached:
                db.session.rollback()
                return "refused"
            return "taken"

    with allowing(live_app, characters=75):
        assert at_once(narrate, 20) == {"taken": 7, "refused": 13}
    assert only(live_app, "SELECT used FROM usage_counters") == [(70,)]


def test_asking_stopping_and_deleting_at_once_leaves_the_counter_exact(
    live_app: Flask, owner: User
):
    kept = stories(live_app, owner, 12)

    def turn(number: int) -> str:
        with live_app.app_context():
            scope.enter(scope.READER, owner.id)
            for _ in range(4):
                asked = narration.ask(owner.id, kept[number], Wish(text="0123456789"))
                db.session.commit()
                if number % 3 == 0:
                    narration.cancel(owner.id, asked.generation_id)
                    db.session.commit()
            if number % 3 == 1:
                news.remove(owner.id, kept[number], with_media=True)
                db.session.commit()
        return "done"

    assert at_once(turn, 12) == {"done": 12}
    expected = "SELECT sum(charged) FROM audio_generation_history"
    assert only(live_app, expected) == [(40,)]
    assert only(live_app, "SELECT used FROM usage_counters") == [(40,)]


def test_the_last_places_for_stories_are_taken_once(live_app: Flask, owner: User):
    session = session_of(live_app, owner)

    def write(number: int) -> int:
        browser = live_app.test_client()
        browser.set_cookie("earshot", session)
        words = {"headline": f"Story {number}", "content": WORDS}
        reply = browser.post("/news/new", data=words)
        assert reply.status_code == 303 or f"Story {number}" in reply.text, "what was typed stays"
        return reply.status_code

    with allowing(live_app, stories=3):
        assert at_once(write, 20) == {303: 3, 422: 17}
    assert only(live_app, "SELECT news FROM user_totals") == [(3,)]


def test_the_last_bytes_are_taken_once(live_app: Flask, owner: User):
    session = session_of(live_app, owner)

    def upload(number: int) -> int:
        browser = live_app.test_client()
        browser.set_cookie("earshot", session)
        sent = {"files": (BytesIO(photo((64, 48 + number))), f"{number}.jpg")}
        return browser.post(
            "/media/upload", data=sent, headers={"X-Requested-With": "upload"}
        ).status_code

    assert upload(99) == 200
    ((first,),) = only(live_app, "SELECT bytes FROM user_totals")
    with allowing(live_app, storage_bytes=first * 4):
        outcome = at_once(upload, 12)
    ((held,),) = only(live_app, "SELECT bytes FROM user_totals")
    assert set(outcome) == {200, 403}
    assert held <= first * 4
    assert only(live_app, "SELECT count(*) FROM media_assets") == [(1 + outcome[200],)]


def test_calls_are_counted_exactly(live_app: Flask, owner: User):
    def call(_: int) -> str:
        with live_app.app_context():
            scope.enter(scope.READER, owner.id)
            try:
                plans.spend_api_call(owner.id)
                db.session.commit()
            except LimitReached:
                return "refused"
            return "spent"

    with allowing(live_app, api_calls=30):
        assert at_once(call) == {"spent": 30, "refused": 20}
    assert only(live_app, "SELECT used FROM usage_counters") == [(30,)]
