"""The API and the pages list the same stories in the same order."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from extensions import db
from models import NewsStory, User
from services import tags
from tests.factories import START, make_asset, make_story, make_user
from tests.feeding import make_source
from tests.tokens import Program, program

ROW = re.compile(r'<h2 dir="auto"><a href="/news/([0-9a-f-]{36})')
OLDER = re.compile(r"before=([\w-]+)")
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def mine(app: Flask, reader: User) -> Program:
    return program(app, reader)


@pytest.fixture
def kept(reader: User) -> dict[str, NewsStory]:
    """Keep stories of every state, one an hour, over the turn of a day."""
    states = {
        "plain": {},
        "read": {"read_at": START},
        "starred": {"starred_at": START, "read_at": START},
        "archived": {"archived_at": START},
        "both": {"starred_at": START, "archived_at": START},
        "late": {"headline": "Snow at night"},
    }
    first = START.replace(hour=20)
    made = {
        name: make_story(reader, created_at=first + timedelta(hours=number), **columns)
        for number, (name, columns) in enumerate(states.items())
    }
    make_asset(reader, made["read"], "audio")
    make_asset(reader, made["late"], "audio")
    tags.give(reader.id, [made["plain"].id, made["late"].id], ["energy"])
    db.session.commit()
    other = make_user()
    make_story(other, starred_at=START)
    return made


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["late", "both", "archived", "starred", "read", "plain"]),
        ("view=unread", ["late", "plain"]),
        ("view=starred", ["both", "starred"]),
        ("view=archived", ["both", "archived"]),
        ("tag=ENERGY", ["late", "plain"]),
        ("tag=unknown", []),
        ("audio=with", ["late", "read"]),
        ("audio=without&view=unread", ["plain"]),
        ("since=2026-03-02", ["late", "both"]),
        ("until=2026-03-01", ["archived", "starred", "read", "plain"]),
        ("since=2026-03-02&until=2026-03-01", []),
        ("sort=oldest", ["plain", "read", "starred", "archived", "both", "late"]),
        ("sort=oldest&tag=energy", ["plain", "late"]),
        ("q=rained", ["late", "both", "archived", "starred", "read", "plain"]),
        ("q=snow", ["late"]),
        ("q=rained&view=starred&sort=oldest", ["starred", "both"]),
        ("q=rained&tag=energy&audio=with&since=2026-03-02", ["late"]),
        ("q=rained -snow&until=2026-03-01&audio=with", ["read"]),
    ],
)
def test_a_page_and_the_api_list_the_same(mine: Program, me: FlaskClient, kept, query, names):
    expected = [str(kept[name].id) for name in names]
    told = mine.get(f"/stories?{query}")
    assert told.status_code == 200, told.text
    assert [one["id"] for one in told.json["items"]] == expected
    assert ROW.findall(me.get(f"/news/?{query}", headers=FRAGMENT).text) == expected


def test_days_are_those_of_the_zone_that_is_named(mine: Program, me: FlaskClient, kept):
    me.set_cookie("tz", "Asia/Tokyo")
    for day, zone in (("2026-03-01", "Asia/Tokyo"), ("2026-03-02", "Asia/Tokyo")):
        told = mine.get("/stories", query_string={"since": day, "until": day, "tz": zone}).json
        page = me.get(f"/news/?since={day}&until={day}", headers=FRAGMENT).text
        assert [one["id"] for one in told["items"]] == ROW.findall(page)
        assert len(told["items"]) == (0 if day == "2026-03-01" else 6)
    plain = mine.get("/stories?since=2026-03-02").json["items"]
    assert [one["id"] for one in plain] == [str(kept[name].id) for name in ("late", "both")]


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "../etc/passwd", "/", "", "%00", "Europe", "+1"])
def test_a_zone_that_is_unknown_is_refused(mine: Program, kept, zone: str):
    told = mine.get(f"/stories?since=2026-03-02&tz={zone}")
    assert (told.status_code, told.json["code"]) == (422, "invalid")
    assert [one["field"] for one in told.json["errors"]] == ["tz"]


@pytest.mark.parametrize("query", ["", "sort=oldest", "view=unread", "q=rained&sort=oldest"])
def test_pages_follow_each_other_in_the_same_order(mine: Program, me, reader: User, query: str):
    for number in range(45):
        make_story(reader, f"Story {number}")
    seen, after = [], ""
    while after is not None:
        page = mine.get(f"/stories?limit=7&after={after}&{query}").json
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
    shown, before = [], ""
    while before is not None:
        page = me.get(f"/news/?before={before}&{query}", headers=FRAGMENT).text
        shown += ROW.findall(page)
        found = OLDER.search(page)
        before = found[1] if found else None
    assert seen == shown
    assert len(seen) == 45


@pytest.mark.parametrize(
    "query",
    ["view=read", "view=", "audio=yes", "sort=best", "since=tomorrow", "until=2026-02-30",
     "since=20260301", "since=0001-01-01", "until=9999-01-01", "since=1700000000"],
)  # fmt: skip
def test_what_no_list_has_is_refused_and_named(mine: Program, query: str):
    told = mine.get(f"/stories?{query}")
    assert (told.status_code, told.json["code"]) == (422, "invalid")
    assert told.json["errors"][0]["field"] == query.partition("=")[0]


def test_a_story_tells_its_state_its_tags_and_its_source(mine: Program, reader: User):
    source = make_source(reader, "https://www.example.org/feed", name="Harbour news")
    nameless = make_source(reader, "https://www.example.net/feed")
    story = make_story(reader, starred_at=START, source_id=source.id)
    other = make_story(reader, source_id=nameless.id)
    by_hand = make_story(reader)
    [tag] = tags.give(reader.id, [story.id], ["Energy"])
    db.session.commit()
    told = mine.get(f"/stories/{story.id}").json
    assert told["reading"] == {
        "read": False,
        "starred": True,
        "archived": False,
        "read_at": None,
        "starred_at": "2026-03-01T08:00:00Z",
        "archived_at": None,
    }
    assert told["tags"] == [{"id": str(tag.id), "name": "Energy"}]
    assert told["source"] == {"id": str(source.id), "name": "Harbour news"}
    listed = {one["id"]: one for one in mine.get("/stories").json["items"]}
    assert listed[str(story.id)]["source"] == told["source"]
    assert listed[str(other.id)]["source"]["name"] == "example.net"
    assert listed[str(by_hand.id)]["source"] is None
