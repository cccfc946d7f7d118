"""Views of the history: what they hold, in which order, and off which index they are read."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

import scope
from extensions import db
from models import User
from queries import news, reading
from queries.paging import Cursor, next_page
from queries.rail import MANY, Counts, rail_counts
from queries.tags import find_tag
from queries.wanted import EVERYTHING, State, Wanted
from services import tags
from tests.factories import START, make_asset, make_story, make_user

pytestmark = pytest.mark.usefixtures("transaction")


def titles(owner: User, wanted: Wanted, typed: str = "") -> list[str]:
    with scope.acting(scope.READER, owner.id):
        if typed:
            rows = news.search_news(owner.id, typed, 50, None, wanted)
        else:
            rows = news.listed_news(owner.id, wanted, 50)
    return [row.headline for row in rows]


@pytest.fixture
def history(reader: User) -> dict[str, UUID]:
    """Keep five stories, a day apart, in every state; another reader has the same."""
    made = {}
    for owner in (make_user(), reader):
        for number, (name, columns) in enumerate(
            {
                "plain": {},
                "read": {"read_at": START},
                "starred": {"starred_at": START, "read_at": START},
                "archived": {"archived_at": START},
                "both": {"starred_at": START, "archived_at": START},
            }.items()
        ):
            day = START + timedelta(days=number)
            story = make_story(owner, f"{name} bridge", created_at=day, **columns)
            made[name] = story.id
        make_asset(owner, db.session.get(type(story), made["read"]), "audio")
        tags.give(owner.id, [made["plain"], made["both"]], ["Energy"])
    db.session.commit()
    return made


CASES = [
    (Wanted(), ["both", "archived", "starred", "read", "plain"]),
    (Wanted(oldest=True), ["plain", "read", "starred", "archived", "both"]),
    (Wanted(State.UNREAD), ["plain"]),
    (Wanted(State.STARRED), ["both", "starred"]),
    (Wanted(State.ARCHIVED), ["both", "archived"]),
    (Wanted(sound=True), ["read"]),
    (Wanted(sound=False), ["both", "archived", "starred", "plain"]),
    (Wanted(State.STARRED, sound=True), []),
    (Wanted(since=START + timedelta(days=3)), ["both", "archived"]),
    (Wanted(until=START + timedelta(days=1)), ["plain"]),
    (Wanted(since=START + timedelta(days=1), until=START + timedelta(days=2)), ["read"]),
]


@pytest.mark.parametrize(("wanted", "names"), CASES, ids=str)
@pytest.mark.parametrize("typed", ["", "bridge", "bri"])
def test_a_view_holds_what_it_says_also_within_a_search(reader, history, wanted, names, typed):
    assert titles(reader, wanted, typed) == [f"{name} bridge" for name in names]


@pytest.mark.parametrize("typed", ["", "bridge"])
def test_a_tag_narrows_and_combines(reader, history, typed):
    tag = find_tag(reader.id, "eNERGY")
    assert tag and tag.name == "Energy"
    wanted = Wanted(tag_id=tag.id)
    assert titles(reader, wanted, typed) == ["both bridge", "plain bridge"]
    assert titles(reader, replace(wanted, oldest=True), typed) == ["plain bridge", "both bridge"]
    assert titles(reader, replace(wanted, state=State.STARRED), typed) == ["both bridge"]
    assert titles(reader, Wanted(tag_id=uuid4()), typed) == []


def test_another_readers_tag_gives_nothing(reader, history):
    stranger = make_user()
    make_story(stranger, "bridge")
    tag = find_tag(reader.id, "energy")
    assert titles(stranger, Wanted(tag_id=tag.id)) == []
    assert titles(stranger, Wanted(tag_id=tag.id), "bridge") == []


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize("typed", ["", "bridge"])
@pytest.mark.parametrize("tagged", [False, True])
def test_every_view_pages_by_key_and_shows_each_story_once(reader, oldest, typed, tagged):
    ids = [make_story(reader, "bridge", created_at=START).id for _ in range(7)]
    tag = tags.give(reader.id, ids, ["a"])[0]
    db.session.commit()
    wanted = Wanted(tag_id=tag.id if tagged else None, oldest=oldest)
    seen, place = [], None
    with scope.acting(scope.READER, reader.id):
        for _ in range(4):
            rows = (
                news.search_news(reader.id, typed, 4, place, wanted)
                if typed
                else news.listed_news(reader.id, wanted, 4, place)
            )
            shown, behind = next_page(rows, 3)
            seen += [row.id for row in shown]
            place = Cursor.parse(behind)
            if place is None:
                break
    assert seen == sorted(ids, reverse=not oldest)


def test_rows_carry_states_and_tags(reader, history):
    row = news.listed_news(reader.id, Wanted(State.STARRED))[0]
    assert (row.read_at, row.starred_at, row.archived_at) == (None, START, START)
    assert [tag["name"] for tag in row.tags] == ["Energy"]
    story = news.find_story(reader.id, history["read"])
    assert story and story.read_at == START


@pytest.mark.parametrize("typed", ["", "bridge"])
def test_neighbours_follow_the_view_even_when_the_story_has_left_it(reader, history, typed):
    def beside(name: str, wanted: Wanted) -> tuple:
        story = news.find_story(reader.id, history[name])
        with scope.acting(scope.READER, reader.id):
            found = reading.neighbours(reader.id, Cursor(story.created_at, story.id), wanted, typed)
        return tuple(one and one.headline.split()[0] for one in (found.previous, found.next))

    assert beside("starred", EVERYTHING) == ("archived", "read")
    assert beside("starred", Wanted(oldest=True)) == ("read", "archived")
    assert beside("both", EVERYTHING) == (None, "archived")
    assert beside("plain", EVERYTHING) == ("read", None)
    assert beside("archived", Wanted(State.STARRED)) == ("both", "starred")
    tag = find_tag(reader.id, "energy")
    assert beside("starred", Wanted(tag_id=tag.id)) == ("both", "plain")


def test_unread_stories_are_counted_up_to_a_thousand(reader, history):
    assert rail_counts(reader.id) == Counts(unread=1, failing=0)
    fill(reader, 1200)
    assert rail_counts(reader.id).unread == MANY


def fill(owner: User, count: int) -> None:
    db.session.execute(
        text(
            "INSERT INTO news_history (user_id, headline, content, created_at)"
            " SELECT :owner, 'bridge ' || n, 'c', now() - make_interval(mins => n)"
            " FROM generate_series(1, :count) AS n"
        ),
        {"owner": owner.id, "count": count},
    )


@pytest.fixture
def many(reader: User) -> User:
    """Keep a long history: a fifth is unread, a twentieth starred, archived or heard; tags too."""
    db.session.execute(
        text("INSERT INTO users (email) SELECT 'u' || n || '@x' FROM generate_series(1, 300) AS n")
    )
    db.session.execute(
        text(
            "INSERT INTO news_history (user_id, headline, content, created_at)"
            " SELECT id, 'h', 'c', now() - make_interval(mins => n)"
            " FROM users, generate_series(1, CASE WHEN id = :owner THEN 6000 ELSE 12 END) AS n"
        ),
        {"owner": reader.id},
    )
    db.session.execute(
        text(
            "UPDATE news_history SET"
            " read_at = CASE WHEN hashtext(id::text) % 5 <> 0 THEN now() END,"
            " starred_at = CASE WHEN hashtext(id::text) % 20 = 1 THEN now() END,"
            " archived_at = CASE WHEN hashtext(id::text) % 20 = 2 THEN now() END"
        )
    )
    db.session.execute(
        text(
            "INSERT INTO media_assets (user_id, news_id, type, url)"
            " SELECT user_id, id, 'audio', 'http://a.test/x' FROM news_history"
            " WHERE hashtext(id::text) % 4 = 3"
        )
    )
    for name, share in (("common", 2), ("rare", 500)):
        db.session.execute(
            text(
                "WITH t AS (INSERT INTO tags (user_id, name) VALUES (:owner, :name)"
                "           RETURNING id)"
                " INSERT INTO story_tags (news_id, tag_id, user_id)"
                " SELECT n.id, t.id, n.user_id FROM news_history AS n, t"
                " WHERE n.user_id = :owner AND hashtext(n.id::text) % :share = 0"
            ),
            {"owner": reader.id, "name": name, "share": share},
        )
    for table in ("news_history", "media_assets", "story_tags", "tags"):
        db.session.execute(text(f"ANALYZE {table}"))
    return reader


def plan(owner: User, wanted: Wanted, place: Cursor | None) -> str:
    statement = wanted.narrow(news.select(news.NewsStory.id), owner.id, place).limit(21)
    compiled = statement.compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    return "\n".join(db.session.scalars(text("EXPLAIN " + str(compiled).replace(":", "\\:"))))


VIEWS = [
    (Wanted(), "idx_news_user_latest"),
    (Wanted(State.UNREAD), "idx_news_user_unread"),
    (Wanted(State.STARRED), "idx_news_user_starred"),
    (Wanted(State.ARCHIVED), "idx_news_user_archived"),
    (Wanted(sound=True), "idx_news_user_latest"),
    (Wanted(sound=False), "idx_news_user_latest"),
    (Wanted(State.UNREAD, sound=False), "idx_news_user_unread"),
    (Wanted(since=START - timedelta(days=900)), "idx_news_user_latest"),
]


def test_every_view_reads_the_first_rows_of_an_index_and_sorts_nothing(many):
    tag = find_tag(many.id, "common")
    views = [*VIEWS, (Wanted(tag_id=tag.id), "idx_story_tags_latest")]
    for wanted, index in views:
        for oldest, place in product((False, True), (None, middle(many))):
            found = plan(many, replace(wanted, oldest=oldest), place)
            assert index in found, (wanted, found)
            assert "Sort" not in found, (wanted, found)


def middle(owner: User) -> Cursor:
    return Cursor(
        *db.session.execute(
            text(
                "SELECT created_at, id FROM news_history WHERE user_id = :owner"
                " ORDER BY created_at OFFSET 3000 LIMIT 1"
            ),
            {"owner": owner.id},
        ).one()
    )
