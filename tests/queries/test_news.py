"""Reads of stories, held to the source document's SQL."""

import inspect
import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import scope
from extensions import db
from queries import news
from queries.paging import Cursor, next_page
from tests.factories import START, make_asset, make_story, make_track, make_user

pytestmark = pytest.mark.usefixtures("transaction")

PATTERN_1 = """
    SELECT n.id, n.headline, n.content, n.published_at,
           json_agg(json_build_object('id', m.id, 'type', m.type, 'url', m.url)) AS media
    FROM news_history n
    LEFT JOIN media_assets m ON n.id = m.news_id
    WHERE n.user_id = :user_id
    GROUP BY n.id
    ORDER BY n.created_at DESC
    LIMIT 10
"""


def as_rows(result) -> list[tuple]:
    return [
        (
            row.id,
            row.headline,
            row.content,
            row.published_at,
            sorted((m for m in row.media if m["id"]), key=lambda m: m["id"]),
        )
        for row in result
    ]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    stories=st.lists(
        st.tuples(st.integers(0, 1), st.lists(st.sampled_from(["image", "audio"]), max_size=3)),
        max_size=14,
    )
)
def test_latest_news_is_query_pattern_1_of_the_document(stories):
    scope.enter(scope.OWNER)
    owners = [make_user(), make_user()]
    for number, (owner, media) in enumerate(stories):
        story = make_story(
            owners[owner], f"Story {number}", created_at=START + timedelta(minutes=number)
        )
        for type_ in media:
            make_asset(owners[owner], story, type_)
    literal = db.session.execute(text(PATTERN_1), {"user_id": owners[0].id})

    assert as_rows(news.latest_news(owners[0].id)) == as_rows(literal)


def test_latest_news_agrees_with_its_documented_sql():
    owner = make_user()
    for number in range(5):
        make_asset(owner, make_story(owner, f"Story {number}"))
    documented = (inspect.getdoc(news.latest_news) or "").split("SQL:")[1]
    pages = [None, news.latest_news(owner.id)[1]]
    for last in pages:
        before = last and Cursor(last.created_at, last.id)
        expected = db.session.execute(
            text(documented),
            {
                "user_id": owner.id,
                "before_at": before and before.created_at,
                "before_id": before and before.id,
                "limit": 10,
            },
        ).all()
        assert as_rows(news.latest_news(owner.id, before=before)) == as_rows(expected)


def test_a_story_without_media_has_an_empty_list():
    owner = make_user()
    make_story(owner)
    assert [row.media for row in news.latest_news(owner.id)] == [[]]


def test_recordings_that_stay_elsewhere_are_counted():
    owner = make_user()
    kept, far = make_story(owner, "Kept"), make_story(owner, "Far")
    make_asset(owner, kept, "audio", storage_key="a/1")
    make_asset(owner, far, "image")
    for _ in range(2):
        make_asset(owner, far, "audio")
    track = make_track(owner, kept)
    make_asset(owner, kept, "audio", track_id=track.id)
    rows = {row.headline: row.sounds_elsewhere for row in news.latest_news(owner.id)}
    assert rows == {"Kept": 0, "Far": 2}


def test_paging_by_key_shows_every_story_once_even_when_times_are_equal():
    owner = make_user()
    made = {make_story(owner, created_at=START).id for _ in range(7)}
    seen, cursor = [], None
    for _ in range(10):
        rows, cursor_text = next_page(
            news.latest_news(owner.id, 4, Cursor.parse(cursor) if cursor else None), 3
        )
        seen += [row.id for row in rows]
        cursor = cursor_text
        if cursor is None:
            break
    assert len(seen) == 7
    assert set(seen) == made


@pytest.mark.parametrize("broken", ["", "x", "AAAA", "ÿ", "MjAyNi0wMS0wMSAx", "=" * 9])
def test_a_cursor_that_makes_no_sense_is_the_first_page(broken):
    assert Cursor.parse(broken) is None


def found(reader, typed) -> set[str]:
    with scope.acting(scope.READER, reader.id):
        return {row.headline for row in news.search_news(reader.id, typed)}


@pytest.mark.parametrize(
    ("typed", "headlines"),
    [
        ("bridge", {"The harbour bridge opens", "A bridge of ropes"}),
        ("bridges", {"The harbour bridge opens", "A bridge of ropes"}),
        ("harb", {"The harbour bridge opens"}),
        ('"harbour bridge"', {"The harbour bridge opens"}),
        ('"bridge harbour"', set()),
        ("ropes or trams", {"A bridge of ropes", "Trams return"}),
        ("bridge -ropes", {"The harbour bridge opens"}),
        ("old town", {"Trams return"}),
        ("the", set()),
        ("'); DROP TABLE users; --", set()),
        ("& | ! ( :*", set()),
        ("港口", {"新的港口大桥"}),
        ("100%", set()),
    ],
)
def test_search_understands_words_phrases_or_and_minus(typed, headlines):
    reader, other = make_user(), make_user()
    make_story(reader, "The harbour bridge opens")
    make_story(reader, "A bridge of ropes")
    make_story(reader, "Trams return", content="They run through the **old town** again.")
    make_story(reader, "新的港口大桥", content="今天开放")
    make_story(other, "Another harbour bridge")
    assert found(reader, typed) == headlines


def test_an_unfinished_word_is_only_guessed_where_no_whole_word_matches():
    reader = make_user()
    for number in range(3):
        make_story(reader, f"The art of {number}")
    make_story(reader, "An article")
    assert found(reader, "art") == {f"The art of {n}" for n in range(3)}
    assert found(reader, "articl") == {"An article"}
    with scope.acting(scope.READER, reader.id):
        rows = news.search_news(reader.id, "art", 3)
        end = Cursor(rows[-1].created_at, rows[-1].id)
        assert news.search_news(reader.id, "art", 3, end) == []


def test_search_marks_what_matched():
    reader = make_user()
    make_story(reader, "The harbour bridge opens", content="All about the bridge.")
    with scope.acting(scope.READER, reader.id):
        (row,) = news.search_news(reader.id, "bridge")
    assert row.headline_marked == "The harbour \x02bridge\x03 opens"
    assert "\x02bridge\x03" in row.snippet_marked


def test_what_search_shows_of_a_text_is_free_of_its_marks():
    reader = make_user()
    make_story(reader, "H", content="## The **bridge** of [ropes](https://a.test/x) `code`")
    with scope.acting(scope.READER, reader.id):
        (row,) = news.search_news(reader.id, "bridge")
    assert row.snippet_marked.strip() == "The \x02bridge\x03 of ropes code"


def test_search_pages_by_key():
    reader = make_user()
    for number in range(5):
        make_story(reader, f"Bridge {number}")
    with scope.acting(scope.READER, reader.id):
        first = news.search_news(reader.id, "bridge", 3)
        last = Cursor(first[-1].created_at, first[-1].id)
        rest = news.search_news(reader.id, "bridge", 3, last)
    assert [row.headline for row in [*first, *rest]] == [f"Bridge {n}" for n in (4, 3, 2, 1, 0)]


def test_nobody_finds_what_is_not_theirs():
    owner, stranger = make_user(), make_user()
    story = make_story(owner, source_url="http://a.test/1")
    assert news.find_story(owner.id, story.id)
    assert news.find_story(stranger.id, story.id) is None
    assert news.find_by_source(owner.id, "http://a.test/1") == (story.id, story.headline)
    assert news.find_by_source(stranger.id, "http://a.test/1") is None


def test_the_lists_read_the_index_by_owner_and_time():
    owner = make_user()
    db.session.execute(
        text("INSERT INTO users (email) SELECT 'u' || n || '@x' FROM generate_series(1, 300) AS n")
    )
    # The owner has many stories: for a dozen, sorting all of them costs as much as the index.
    db.session.execute(
        text(
            "INSERT INTO news_history (user_id, headline, content, created_at)"
            " SELECT id, 'h', 'c', now() - make_interval(mins => n)"
            " FROM users, generate_series(1, CASE WHEN id = :owner THEN 2000 ELSE 12 END) AS n"
        ),
        {"owner": owner.id},
    )
    db.session.execute(text("ANALYZE news_history"))
    documented = (inspect.getdoc(news.latest_news) or "").split("SQL:")[1]
    plan = "\n".join(
        db.session.scalars(
            text("EXPLAIN " + documented),
            {"user_id": owner.id, "before_at": None, "before_id": None, "limit": 10},
        )
    )
    assert "idx_news_user_latest" in plan
    assert re.search("idx_media_news_(id|owner)", plan), "either begins with the story"
