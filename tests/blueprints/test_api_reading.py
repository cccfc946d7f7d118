"""Marking and tagging stories by the API."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import NewsStory, StoryTag, Tag, User
from services import tags
from tests.factories import START, make_story, make_user
from tests.tokens import Program, program


@pytest.fixture
def mine(app: Flask, reader: User) -> Program:
    return program(app, reader)


def refused(reply, status: int, code: str) -> dict:
    assert reply.status_code == status, reply.text
    assert (reply.mimetype, reply.json["code"]) == ("application/problem+json", code)
    return reply.json


def names(reply) -> list[str]:
    assert reply.status_code == 200, reply.text
    return [tag["name"] for tag in reply.json["items"]]


def test_marking_says_what_is_so_and_saying_it_twice_changes_nothing(mine: Program, reader: User):
    story = make_story(reader, updated_at=START)
    place = f"/stories/{story.id}/reading"
    first = mine.ask("PATCH", place, json={"read": True, "starred": True})
    assert first.status_code == 200
    assert (first.json["read"], first.json["starred"], first.json["archived"]) == (
        True,
        True,
        False,
    )
    again = mine.ask("PATCH", place, json={"read": True})
    assert again.json == first.json == mine.get(place).json
    assert again.headers["ETag"] == first.headers["ETag"]
    undone = mine.ask("PATCH", place, json={"read": False, "archived": True}).json
    assert (undone["read_at"], undone["starred"], undone["archived"]) == (None, True, True)
    assert mine.get("/stories?view=unread").json["items"] == []
    db.session.expire_all()
    assert db.session.get(NewsStory, story.id).updated_at == START


def test_marking_can_depend_on_how_it_was(mine: Program, reader: User):
    place = f"/stories/{make_story(reader).id}/reading"
    seen = {"If-Match": mine.get(place).headers["ETag"]}
    assert mine.ask("PATCH", place, json={"read": True}, headers=seen).status_code == 200
    refused(mine.ask("PATCH", place, json={"starred": True}, headers=seen), 412, "outdated")
    assert mine.get(place).json["starred"] is False
    assert mine.ask("PATCH", place, json={"starred": True}, headers={"If-Match": "*"}).json[
        "starred"
    ]


def test_who_reads_or_tags_a_story_gets_in_nobodys_way(mine: Program, reader: User):
    place = f"/stories/{make_story(reader).id}"
    before = mine.get(place).headers["ETag"]
    mine.ask("PATCH", f"{place}/reading", json={"read": True})
    mine.ask("PUT", f"{place}/tags", json={"tags": ["energy"]})
    # What is kept of it is out of date all the same.
    assert mine.get(place, headers={"If-None-Match": before}).status_code == 200
    seen = {"If-Match": before}
    assert mine.ask("PATCH", place, json={"headline": "Hail"}, headers=seen).status_code == 200
    refused(mine.ask("PATCH", place, json={"headline": "Sun"}, headers=seen), 412, "outdated")


@pytest.mark.parametrize("body", [{"read": 1}, {"read": None}, {"read": "true"}, {"seen": True}])
def test_what_is_no_mark_is_refused(mine: Program, reader: User, body: dict):
    place = f"/stories/{make_story(reader).id}/reading"
    refused(mine.ask("PATCH", place, json=body), 422, "invalid")


def test_many_are_marked_at_once_and_others_stories_are_passed_over(mine: Program, reader: User):
    new, old = make_story(reader), make_story(reader, read_at=START)
    foreign = make_story(make_user())
    body = {"story_ids": [str(one.id) for one in (new, old, foreign)], "read": True}
    told = mine.ask("PATCH", "/stories/reading", json=body)
    assert told.json == {"story_ids": [str(new.id)]}
    db.session.expire_all()
    assert db.session.get(NewsStory, old.id).read_at == START
    assert db.session.get(NewsStory, foreign.id).read_at is None
    many = {"story_ids": [str(uuid4()) for _ in range(201)], "read": True}
    refused(mine.ask("PATCH", "/stories/reading", json=many), 422, "invalid")


def test_a_list_is_marked_as_read_as_far_as_it_was_seen(mine: Program, reader: User):
    seen = [make_story(reader, f"Story {number}") for number in range(3)]
    tags.give(reader.id, [seen[0].id], ["energy"])
    db.session.commit()
    later, foreign = make_story(reader), make_story(make_user())
    body = {"upto": str(seen[-1].id)}
    assert mine.post("/stories/read-all?tag=energy", body).json == {"count": 1, "more": False}
    assert mine.post("/stories/read-all?view=unread", body).json == {"count": 2, "more": False}
    assert mine.post("/stories/read-all", body).json == {"count": 0, "more": False}
    unread = mine.get("/stories?view=unread").json["items"]
    assert [one["id"] for one in unread] == [str(later.id)]
    refused(mine.post("/stories/read-all", {"upto": str(foreign.id)}), 404, "not_found")
    refused(mine.post("/stories/read-all?view=seen", body), 422, "invalid")


def test_tags_are_added_replaced_and_taken_off(mine: Program, me: FlaskClient, reader: User):
    story = make_story(reader)
    place = f"/stories/{story.id}/tags"
    assert names(mine.post(place, {"tags": ["Energy", "#harbour"]})) == ["Energy", "harbour"]
    assert names(mine.post(place, {"tags": ["ENERGY"]})) == ["Energy", "harbour"]
    replaced = mine.ask("PUT", place, json={"tags": ["energy", "天気"]})
    assert names(replaced) == ["Energy", "天気"]
    again = mine.ask("PUT", place, json={"tags": ["energy", "天気"]})
    assert (again.json, again.headers["ETag"]) == (replaced.json, replaced.headers["ETag"])
    assert "天気" in me.get(f"/news/{story.id}").text
    one = f"{place}/{replaced.json['items'][0]['id']}"
    assert [mine.ask("DELETE", one).status_code for _ in range(2)] == [204, 204]
    assert names(mine.get(place)) == ["天気"]
    seen = {"If-Match": replaced.headers["ETag"]}
    refused(mine.ask("PUT", place, json={"tags": []}, headers=seen), 412, "outdated")
    assert names(mine.ask("PUT", place, json={"tags": []})) == []


def test_a_tag_that_stays_is_left_as_its_source_gave_it(mine: Program, reader: User):
    story = make_story(reader)
    tags.give(reader.id, [story.id], ["energy"], by_source=True)
    db.session.commit()
    mine.ask("PUT", f"/stories/{story.id}/tags", json={"tags": ["energy", "harbour"]})
    rows = db.session.execute(select(Tag.name, StoryTag.by_source).join(StoryTag))
    assert dict(rows.all()) == {"energy": True, "harbour": False}


def test_as_many_tags_can_be_replaced_as_a_story_carries(mine: Program, reader: User):
    place = f"/stories/{make_story(reader).id}/tags"
    for letter in "ab":
        full = [f"{letter}{number}" for number in range(tags.MOST_ON_STORY)]
        assert len(names(mine.ask("PUT", place, json={"tags": full}))) == tags.MOST_ON_STORY


@pytest.mark.parametrize("name", ["a,b", "x" * 51, " # ", "\u200b", "\ue000"], ids=ascii)
def test_the_api_refuses_a_tag_in_the_words_of_the_page(mine: Program, me, reader: User, name):
    story = make_story(reader)
    [tag] = tags.give(reader.id, [story.id], ["energy"])
    db.session.commit()
    told = refused(mine.ask("PATCH", f"/tags/{tag.id}", json={"name": name}), 409, "tags_refused")
    for method in ("PUT", "POST"):
        reply = mine.ask(method, f"/stories/{story.id}/tags", json={"tags": [name]})
        assert refused(reply, 409, "tags_refused")["detail"] == told["detail"]
    page = me.post(f"/news/tags/{tag.id}/rename", data={"name": name})
    assert page.status_code == 422
    assert told["detail"] in page.text
    assert names(mine.get(f"/stories/{story.id}/tags")) == ["energy"]


def test_too_many_tags_are_refused_in_the_words_of_the_page(mine: Program, me, reader: User):
    story = make_story(reader)
    many = [f"tag {number}" for number in range(tags.MOST_ON_STORY + 1)]
    page = me.post(f"/news/{story.id}/tags", data={"tags": ",".join(many)})
    assert page.status_code == 422
    for method in ("PUT", "POST"):
        reply = mine.ask(method, f"/stories/{story.id}/tags", json={"tags": many})
        assert refused(reply, 409, "tags_refused")["detail"] in page.text
    assert names(mine.get(f"/stories/{story.id}/tags")) == []
    assert mine.get("/tags").json["items"] == []


def test_all_tags_are_listed_renamed_and_deleted(mine: Program, me: FlaskClient, reader: User):
    first, second = make_story(reader), make_story(reader)
    [energy] = tags.give(reader.id, [first.id, second.id], ["energy"])
    [power] = tags.give(reader.id, [first.id], ["Power"])
    db.session.commit()
    listed = mine.get("/tags").json["items"]
    assert [(one["name"], one["stories"]) for one in listed] == [("energy", 2), ("Power", 1)]
    page = me.get("/news/tags").text
    assert [page.index(f"tags/{one['id']}/") for one in listed] == sorted(
        page.index(f"tags/{one['id']}/") for one in listed
    )
    renamed = mine.ask("PATCH", f"/tags/{power.id}", json={"name": "Current"}).json
    assert renamed == {"id": str(power.id), "name": "Current", "stories": 1}
    merged = mine.ask("PATCH", f"/tags/{power.id}", json={"name": "ENERGY"}).json
    assert merged == {"id": str(energy.id), "name": "energy", "stories": 2}
    refused(mine.ask("PATCH", f"/tags/{power.id}", json={"name": "x"}), 404, "not_found")
    assert mine.ask("DELETE", f"/tags/{energy.id}").status_code == 204
    refused(mine.ask("DELETE", f"/tags/{energy.id}"), 404, "not_found")
    assert re.findall(r"/news/tags/[0-9a-f-]{36}", me.get("/news/tags").text) == []


def asked(story: object, tag: object) -> list[tuple[str, str, dict | None]]:
    return [
        ("GET", f"/stories/{story}/reading", None),
        ("PATCH", f"/stories/{story}/reading", {"read": True}),
        ("GET", f"/stories/{story}/tags", None),
        ("PUT", f"/stories/{story}/tags", {"tags": ["x"]}),
        ("POST", f"/stories/{story}/tags", {"tags": ["x"]}),
        ("DELETE", f"/stories/{story}/tags/{tag}", None),
        ("PATCH", f"/tags/{tag}", {"name": "x"}),
        ("DELETE", f"/tags/{tag}", None),
    ]


def test_what_is_anothers_does_not_exist(mine: Program, reader: User):
    other = make_user()
    foreign, own = make_story(other), make_story(reader)
    [tag] = tags.give(other.id, [foreign.id], ["energy"])
    [mine_too] = tags.give(reader.id, [own.id], ["energy"])
    db.session.commit()
    for method, path, body in asked(foreign.id, tag.id):
        refused(mine.ask(method, path, json=body), 404, "not_found")
    refused(mine.ask("DELETE", f"/stories/{own.id}/tags/{tag.id}"), 404, "not_found")
    refused(mine.ask("DELETE", f"/stories/{foreign.id}/tags/{mine_too.id}"), 404, "not_found")
    db.session.expire_all()
    assert db.session.get(NewsStory, foreign.id).read_at is None
    assert db.session.get(Tag, tag.id).name == "energy"


def test_who_may_only_read_changes_nothing(app: Flask, reader: User):
    story = make_story(reader)
    [tag] = tags.give(reader.id, [story.id], ["energy"])
    db.session.commit()
    only = {"reads": program(app, reader, ["read:stories"]),
            "writes": program(app, reader, ["write:stories"])}  # fmt: skip
    more = [
        ("PATCH", "/stories/reading", {"story_ids": [str(story.id)], "read": True}),
        ("POST", "/stories/read-all", {"upto": str(story.id)}),
        ("GET", "/tags", None),
    ]
    for method, path, body in [*asked(story.id, tag.id), *more]:
        who = "writes" if method == "GET" else "reads"
        refused(only[who].ask(method, path, json=body), 403, "insufficient_scope")
