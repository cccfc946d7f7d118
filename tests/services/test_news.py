"""Writing stories: what the database refuses, in words."""

import random
import threading
import time

import pytest
from flask import Flask

import scope
from errors import AppError, InvalidInput
from extensions import db
from models import User
from queries.news import search_news
from services import news
from services.news import Draft, DuplicateSource
from tests.factories import make_story, make_user
from tests.live import live_app

__all__ = ["live_app"]


def test_two_stories_changed_to_one_address_at_once_leave_one_of_them(live_app: Flask):
    with live_app.app_context():
        scope.enter(scope.OWNER)
        owner = make_user()
        user_id, ids = owner.id, [make_story(owner).id for _ in range(6)]
    gate = threading.Barrier(len(ids))
    outcomes: list[str] = []

    def change(news_id):
        with live_app.app_context():
            scope.enter(scope.READER, user_id)
            gate.wait()
            try:
                news.change(user_id, news_id, Draft("H", "c", "https://a.test/1"))
                time.sleep(0.05)  # the others are to meet an open transaction
                db.session.commit()
                outcomes.append("changed")
            except AppError as error:
                db.session.rollback()
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=change, args=(news_id,)) for news_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["DuplicateSource"] * 5 + ["changed"]


def test_after_a_refused_address_the_transaction_goes_on(reader: User):
    make_story(reader, "First", source_url="https://a.test/1")
    with pytest.raises(DuplicateSource, match="First"):
        news.create(reader.id, Draft("H", "c", "https://a.test/1"))
    assert news.create(reader.id, Draft("H", "c", "https://a.test/2"))


@pytest.mark.parametrize("hostile", ["<!--", "<!-- a --", "a_", "./", "~/", "a-1-", "<a b='"])
def test_a_hostile_text_is_indexed_like_any_other(reader: User, hostile: str):
    db.session.execute(db.text("SET LOCAL statement_timeout = '10s'"))
    text = f"{hostile * (200_000 // len(hostile))} lighthouse"
    written = news.create(reader.id, Draft("H", text))
    with scope.acting(scope.READER, reader.id):
        assert [found.id for found in search_news(reader.id, "lighthouse")] == [written]


def test_more_words_than_the_index_holds_are_refused_in_words(reader: User):
    letters, chance = "日本語中文字漢仮名交", random.Random(1)
    word = ["".join(chance.choices(letters, k=20)) for _ in range(10_000)]
    text = " ".join(f"{one}-{other}" for one, other in zip(word[::2], word[1::2], strict=True))
    with pytest.raises(InvalidInput, match="different words"):
        news.create(reader.id, Draft("H", text[:200_000]))
    assert news.create(reader.id, Draft("H", "fewer words"))


@pytest.mark.parametrize(
    "address",
    [
        "https://www.harbour.test/a",
        "http://harbour.test/a/",
        "https://harbour.test/a?utm_source=mail#top",
        "https://harbour.test/a",
    ],
)
def test_an_address_is_kept_once_in_all_its_spellings(reader: User, address: str):
    first = news.create(reader.id, news.Draft("One", "x", "https://harbour.test/a"))
    with pytest.raises(news.DuplicateSource) as refused:
        news.create(reader.id, news.Draft("Two", "y", address))
    assert refused.value.news_id == first
    news.create(make_user().id, news.Draft("Theirs", "z", address))
    news.create(reader.id, news.Draft("Another", "z", "https://harbour.test/b"))
    # Words that are no address are compared as they are.
    news.create(reader.id, news.Draft("Odd", "z", "http://[x"))
