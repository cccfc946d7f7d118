"""Sources by the API: followed, changed and left as on the pages."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import Source, SourceState, User
from tests.factories import START, make_story, make_user
from tests.feeding import feed, item, make_source, stories, visit
from tests.limited import allowing
from tests.live import with_settings
from tests.servers.web import Web, reply, serving
from tests.tokens import Program, program

LINK = '<link rel="alternate" type="application/rss+xml" title="{0}" href="/{0}.xml">'
LISTED = re.compile(r'href="/sources/([0-9a-f-]{36})"')
HEADLINE = re.compile(r'<li><a href="/news/([0-9a-f-]{36})"')


@pytest.fixture
def web(app: Flask, transaction: None):
    before = app.config["SETTINGS"]
    with serving() as running:
        app.config["SETTINGS"] = with_settings(
            app, fetch_allowed_hosts=running.place, fetch_timeout=3.0
        )
        yield running
    app.config["SETTINGS"] = before


@pytest.fixture
def mine(app: Flask, reader: User) -> Program:
    return program(app, reader)


def refused(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert (answer.mimetype, answer.json["code"]) == ("application/problem+json", code)
    return answer.json


def found(source_id: object) -> Source:
    db.session.expire_all()
    return db.session.get(Source, source_id)


def test_a_feed_is_followed_read_and_left(web: Web, mine: Program, me: FlaskClient):
    web.pages["/feed"] = feed(item(1), item(2))
    kept = mine.post("/sources", {"url": web.url("/feed")})
    assert kept.status_code == 201, kept.text
    place = f"/sources/{kept.json['id']}"
    assert kept.headers["Location"].endswith(f"/api/v1{place}")
    told = (kept.json["title"], kept.json["state"], kept.json["busy"], kept.json["stories"])
    assert told == ("The Daily Test", "active", True, 0)
    visit(found(kept.json["id"]))
    read = mine.get(place)
    assert (read.json["busy"], read.json["stories"], read.json["error"]) == (False, 2, None)
    assert read.json["fetched_at"]
    same = mine.get(place, headers={"If-None-Match": read.headers["ETag"]})
    assert same.status_code == 304
    assert "The Daily Test" in me.get(place).text
    came = mine.get(f"{place}/stories").json["items"]
    assert [one["source"]["id"] for one in came] == [kept.json["id"]] * 2
    assert mine.ask("DELETE", place).status_code == 204
    refused(mine.get(place), 404, "not_found")
    assert len(mine.get("/stories").json["items"]) == 2


def test_a_site_leads_to_its_feed_and_several_are_named(web: Web, mine: Program):
    web.pages["/"] = reply(f"<html><head>{LINK.format('one')}</head></html>")
    assert mine.post("/sources", {"url": web.place}).json["url"] == web.url("/one.xml")
    links = LINK.format("one") + LINK.format("two")
    web.pages["/many"] = reply(f"<html><head>{links}</head></html>")
    told = refused(mine.post("/sources", {"url": web.url("/many")}), 409, "several_feeds")
    assert told["feeds"][1] == {"url": web.url("/two.xml"), "title": "two", "format": "RSS"}
    web.pages["/two.xml"] = feed(item(1))
    assert mine.post("/sources", {"url": told["feeds"][1]["url"]}).status_code == 201


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("http://127.0.0.1:1/", "not_public"),
        ("http://169.254.169.254/latest/", "not_public"),
        ("file:///etc/passwd", "bad_address"),
        ("http://user:secret@example.org/", "bad_address"),
        ("/empty", "no_feed"),
        ("/missing", "http_404"),
    ],
)
def test_what_is_refused_is_refused_in_the_words_of_the_page(web: Web, mine, me, typed, code):
    web.pages["/empty"] = reply("<html>nothing")
    typed = web.url(typed) if typed.startswith("/") else typed
    told = refused(mine.post("/sources", {"url": typed}), 409, code)
    page = me.post("/sources/new", data={"url": typed})
    assert page.status_code == 422
    assert told["detail"] in page.text
    assert mine.get("/sources").json["items"] == []


def test_what_is_followed_already_is_named(web: Web, mine: Program, reader: User):
    source = make_source(reader, web.url("/feed"), title="The one")
    web.pages["/feed"] = feed(item(1))
    told = refused(mine.post("/sources", {"url": web.url("/feed")}), 409, "followed")
    assert told["source_id"] == str(source.id)
    assert "The one" in told["detail"]
    other = make_source(reader, web.url("/other"))
    moved = mine.ask("PATCH", f"/sources/{other.id}", json={"url": web.url("/feed")})
    assert refused(moved, 409, "followed")["source_id"] == str(source.id)


def test_a_full_plan_is_told_in_the_words_of_the_page(web: Web, app: Flask, mine, me, reader):
    make_source(reader, web.url("/first"))
    web.pages["/feed"] = feed(item(1))
    with allowing(app, sources=1):
        told = refused(mine.post("/sources", {"url": web.url("/feed")}), 403, "limit_reached")
        page = me.post("/sources/new", data={"url": web.url("/feed")})
    assert (told["limit"], told["left"]) == ("sources", 0)
    assert page.status_code == 422
    assert told["detail"] in page.text
    assert len(mine.get("/sources").json["items"]) == 1


def test_the_same_key_follows_once_and_asks_the_site_once(web: Web, mine: Program):
    web.pages["/feed"] = feed(item(1))
    key = {"Idempotency-Key": "f0110w"}
    first = mine.post("/sources", {"url": web.url("/feed")}, headers=key)
    again = mine.post("/sources", {"url": web.url("/feed")}, headers=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert web.times("/feed") == 1


def test_the_page_and_the_api_list_the_same_sources(mine: Program, me, reader: User):
    names = ["zebra", "Apple", "failing"]
    made = [
        make_source(reader, f"https://{name}.test/feed", name=name, failures=int(name == "failing"))
        for name in names
    ]
    make_source(make_user(), "https://other.test/feed")
    listed = mine.get("/sources").json["items"]
    assert [one["id"] for one in listed] == [str(made[number].id) for number in (2, 1, 0)]
    page = me.get("/sources/", headers={"HX-Request": "true"}).text
    assert list(dict.fromkeys(LISTED.findall(page))) == [one["id"] for one in listed]


def test_the_page_and_the_api_list_the_same_stories_of_a_source(mine: Program, me, reader: User):
    source = make_source(reader, "https://one.test/feed")
    other = make_source(reader, "https://two.test/feed")
    kept = [make_story(reader, source_id=source.id) for _ in range(4)]
    kept.append(make_story(reader, source_id=source.id, read_at=START))
    make_story(reader, source_id=other.id)
    make_story(reader)
    place = f"/sources/{source.id}"
    shown = HEADLINE.findall(me.get(place).text)
    assert shown == [str(story.id) for story in reversed(kept)]
    assert [one["id"] for one in mine.get(f"{place}/stories").json["items"]] == shown
    unread = mine.get(f"{place}/stories?view=unread&sort=oldest&limit=3").json
    rest = mine.get(f"{place}/stories?view=unread&sort=oldest&after={unread['next']}").json
    both = [one["id"] for one in unread["items"] + rest["items"]]
    assert both == [str(story.id) for story in kept[:4]]
    wet = make_story(reader, "Monsoon", source_id=source.id)
    make_story(reader, "Monsoon", source_id=other.id)
    found = mine.get(f"{place}/stories?q=monsoon").json["items"]
    assert [one["id"] for one in found] == [str(wet.id)]


def test_a_source_is_changed_paused_and_goes_on(mine: Program, reader: User):
    source = make_source(reader, "https://one.test/feed", title="Theirs", etag='"1"', keep_last=9)
    place = f"/sources/{source.id}"
    changed = mine.ask("PATCH", place, json={"name": "Mine", "full_text": True}).json
    assert (changed["name"], changed["label"], changed["full_text"]) == ("Mine", "Mine", True)
    assert (changed["keep_last"], changed["title"], changed["state"]) == (9, "Theirs", "active")
    assert mine.ask("PATCH", place, json={"keep_last": None}).json["keep_last"] is None
    paused = mine.ask("PATCH", place, json={"state": "paused"}).json
    assert (paused["state"], paused["next_fetch_at"], paused["busy"]) == ("paused", None, False)
    assert mine.post(f"{place}/refresh").json["busy"]
    assert found(source.id).wanted
    assert mine.ask("PATCH", place, json={"state": "active"}).json["state"] == "active"
    assert found(source.id).etag == '"1"'
    moved = mine.ask("PATCH", place, json={"url": "https://one.test/moved", "state": "paused"}).json
    assert (moved["url"], moved["state"]) == ("https://one.test/moved", "paused")
    assert found(source.id).etag == ""
    refused(mine.ask("PATCH", place, json={"url": "http://a b.test/"}), 422, "invalid")
    refused(mine.ask("PATCH", place, json={"url": "http://u:p@a.test/"}), 409, "bad_address")


def test_saying_that_an_active_source_is_active_disturbs_no_visit(mine: Program, reader: User):
    source = make_source(reader, "https://one.test/feed", failures=3, next_fetch_at=START)
    assert mine.ask("PATCH", f"/sources/{source.id}", json={"state": "active"}).status_code == 200
    assert (found(source.id).failures, found(source.id).next_fetch_at) == (3, START)


def test_a_change_can_depend_on_how_it_was_but_visits_are_no_change(web: Web, mine, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = make_source(reader, web.url("/feed"))
    place = f"/sources/{source.id}"
    seen = {"If-Match": mine.get(place).headers["ETag"]}
    visit(source)
    assert mine.ask("PATCH", place, json={"name": "Mine"}, headers=seen).status_code == 200
    refused(mine.ask("PATCH", place, json={"name": "Ours"}, headers=seen), 412, "outdated")
    assert found(source.id).name == "Mine"


def test_refreshing_is_accepted_and_done_by_the_worker(web: Web, mine: Program, reader: User):
    web.pages["/feed"] = feed(item(1))
    source = visit(make_source(reader, web.url("/feed"), state=SourceState.PAUSED))
    asked = mine.post(f"/sources/{source.id}/refresh")
    assert (asked.status_code, asked.json["busy"], asked.json["state"]) == (202, True, "paused")
    assert asked.headers["Location"].endswith(f"/sources/{source.id}")
    visit(source)
    assert mine.get(f"/sources/{source.id}").json["busy"] is False


def test_leaving_takes_the_stories_along_only_when_it_is_said(web: Web, mine, reader: User):
    web.pages["/feed"] = feed(item(1), item(2))
    source = visit(make_source(reader, web.url("/feed")))
    starred = stories(reader)[0].id
    mine.ask("PATCH", f"/stories/{starred}/reading", json={"starred": True})
    gone = mine.ask("DELETE", f"/sources/{source.id}?with_stories=true")
    assert gone.status_code == 204
    [left] = mine.get("/stories").json["items"]
    assert (left["id"], left["source"]) == (str(starred), None)


@pytest.mark.parametrize(
    "body",
    [{"state": "gone"}, {"keep_last": 0}, {"keep_last": 100_001}, {"name": None}, {"url": "x"},
     {"etag": "x"}, {"full_text": "yes"}],
)  # fmt: skip
def test_what_no_source_can_be_is_refused(mine: Program, reader: User, body: dict):
    source = make_source(reader, "https://one.test/feed")
    refused(mine.ask("PATCH", f"/sources/{source.id}", json=body), 422, "invalid")


def asked_of(source: object) -> list[tuple[str, str, dict | None]]:
    return [
        ("GET", f"/sources/{source}", None),
        ("GET", f"/sources/{source}/stories", None),
        ("PATCH", f"/sources/{source}", {"name": "x"}),
        ("DELETE", f"/sources/{source}", None),
        ("POST", f"/sources/{source}/refresh", None),
    ]


def test_what_is_anothers_does_not_exist(mine: Program):
    foreign = make_source(make_user(), "https://one.test/feed", name="Theirs")
    for method, path, body in asked_of(foreign.id):
        refused(mine.ask(method, path, json=body), 404, "not_found")
    assert (found(foreign.id).name, found(foreign.id).wanted) == ("Theirs", False)


def test_a_scope_for_reading_follows_and_changes_nothing(app: Flask, reader: User):
    source = make_source(reader, "https://one.test/feed")
    reads = program(app, reader, ["read:stories"])
    writes = program(app, reader, ["write:stories"])
    more = [("GET", "/sources", None), ("POST", "/sources", {"url": "https://two.test/feed"})]
    for method, path, body in [*asked_of(source.id), *more]:
        who = writes if method == "GET" else reads
        refused(who.ask(method, path, json=body), 403, "insufficient_scope")


def test_who_follows_while_many_pages_are_read_is_told_when_to_try_again(
    web: Web, mine: Program, busy_children: None
):
    web.pages["/feed"] = feed(item(1))
    web.pages["/site"] = reply("<html><head><title>A site</title></head></html>")
    for path in ("/feed", "/site"):
        answer = mine.post("/sources", {"url": web.url(path)})
        refused(answer, 429, "busy")
        assert answer.headers["Retry-After"] == "60"
    assert db.session.scalars(select(Source)).all() == []
