"""One key, one deed: what was answered is answered again, and two at once do it once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

import scope
from extensions import db
from models import IdempotencyKey, NewsStory, User
from services import idempotency
from services.idempotency import Answer, BadKey, KeyReused
from services.worker.chores import sweep_requests
from tests.factories import make_user
from tests.live import live_app  # noqa: F401
from tests.tokens import program

ANSWER = Answer(201, '{"id": 1}', "/somewhere")


def done(owner: User, key: str = "one", digest: str = "a") -> None:
    assert idempotency.claim(owner.id, key, digest) is None
    idempotency.note(owner.id, key, ANSWER)
    db.session.commit()


@pytest.mark.usefixtures("transaction")
def test_what_was_answered_is_answered_again():
    owner, other = make_user(), make_user()
    done(owner)
    assert idempotency.answered(owner.id, "one", "a") == ANSWER
    assert idempotency.claim(owner.id, "one", "a") == ANSWER
    assert idempotency.answered(owner.id, "two", "a") is None
    assert idempotency.answered(other.id, "one", "a") is None


@pytest.mark.usefixtures("transaction")
def test_a_key_is_for_one_request():
    owner = make_user()
    done(owner)
    for ask in (idempotency.answered, idempotency.claim):
        with pytest.raises(KeyReused):
            ask(owner.id, "one", "b")


@pytest.mark.parametrize("key", ["", " x", "x" * 201, "é", "a\nb", "\0"])
def test_what_cannot_be_a_key_is_refused(key: str):
    with pytest.raises(BadKey):
        idempotency.check(key)


@pytest.mark.usefixtures("transaction")
def test_keys_are_forgotten_after_a_day():
    owner = make_user()
    done(owner, "old")
    old = datetime.now(UTC) - idempotency.KEPT - timedelta(minutes=1)
    db.session.execute(update(IdempotencyKey).values(created_at=old))
    db.session.commit()
    done(owner, "new")
    with scope.acting(scope.WORKER):
        sweep_requests()
    scope.enter(scope.OWNER)
    assert db.session.scalars(select(IdempotencyKey.key)).all() == ["new"]


def test_of_the_same_request_at_once_one_does_the_work(live_app: Flask):  # noqa: F811
    with live_app.app_context():
        scope.enter(scope.OWNER)
        asking = program(live_app, make_user())
    replies, together = [], threading.Barrier(6)

    def ask() -> None:
        together.wait()
        replies.append(
            asking.post(
                "/stories",
                {"headline": "Once", "content": "Only once."},
                headers={"Idempotency-Key": "the-same"},
            )
        )

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {reply.status_code for reply in replies} == {201}
    assert len({reply.json["id"] for reply in replies}) == 1
    assert sum("Idempotency-Replayed" not in reply.headers for reply in replies) == 1
    with live_app.app_context():
        scope.enter(scope.OWNER)
        assert db.session.scalar(select(func.count()).select_from(NewsStory)) == 1
