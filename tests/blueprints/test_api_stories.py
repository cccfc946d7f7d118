"""Stories by the API: the same as on the pages, for programs."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from extensions import db
from models import NewsStory, Resource, UsageCounter, User
from tests.factories import make_asset, make_story, make_track, make_user
from tests.limited import allowing
from tests.tokens import Program, make_token, program

NEW = {"headline": "Rain at noon", "content": "It *rained*.", "source_url": "https://news.test/1"}


@pytest.fixture
def mine(app: Flask, reader: User) -> Program:
    return program(app, reader)


def refused(reply, status: int, code: str) -> dict:
    assert reply.status_code == status, reply.text
    assert reply.mimetype == "application/problem+json"
    assert (reply.json["status"], reply.json["code"]) == (status, code)
    assert reply.json["detail"]
    return reply.json


def test_a_story_is_kept_read_changed_and_deleted(mine: Program, reader: User):
    kept = mine.post("/stories", NEW)
    assert kept.status_code == 201
    place = f"/stories/{kept.json['id']}"
    assert kept.headers["Location"].endswith(f"/api/v1{place}")
    read = mine.get(place)
    assert read.json == kept.json
    assert read.json["published_at"].endswith("Z")
    same = mine.get(place, headers={"If-None-Match": read.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    tag = {"If-Match": read.headers["ETag"]}
    changed = mine.ask("PATCH", place, json={"headline": "Snow", "source_url": None}, headers=tag)
    assert changed.status_code == 200
    assert (changed.json["headline"], changed.json["content"]) == ("Snow", "It *rained*.")
    assert changed.json["source_url"] is None
    refused(mine.ask("PATCH", place, json={"headline": "Hail"}, headers=tag), 412, "outdated")
    assert mine.ask("DELETE", place).status_code == 204
    refused(mine.get(place), 404, "not_found")


def test_a_story_names_who_wrote_it(mine: Program, reader: User):
    story = make_story(reader, "By", metadata_={"author": "Ines Vogt"})
    make_story(reader, "Nobody's", metadata_={"author": ["Ines"]})
    assert mine.get(f"/stories/{story.id}").json["author"] == "Ines Vogt"
    told = {one["headline"]: one["author"] for one in mine.get("/stories").json["items"]}
    assert told == {"By": "Ines Vogt", "Nobody's": None}


@pytest.mark.parametrize("tag", ["", '"cut', "x", '"', 'W/"x"', ","])
def test_a_version_that_cannot_be_read_is_no_leave_to_change(mine: Program, tag: str):
    place = f"/stories/{mine.post('/stories', NEW).json['id']}"

    reply = mine.ask("PATCH", place, json={"headline": "Snow"}, headers={"If-Match": tag})

    refused(reply, 412, "outdated")
    assert mine.get(place).json["headline"] == NEW["headline"]


def test_times_are_told_in_utc_and_nulls_are_not_guessed_at(mine: Program):
    kept = mine.post("/stories", NEW | {"published_at": "2026-03-01T09:30:00.5+01:30"})
    assert kept.json["published_at"] == "2026-03-01T08:00:00.500000Z"
    place = f"/stories/{kept.json['id']}"
    later = {"published_at": "2026-03-02T00:00:00Z"}
    assert mine.ask("PATCH", place, json=later).json["published_at"] == "2026-03-02T00:00:00Z"
    for field in ("published_at", "headline", "content"):
        told = refused(mine.ask("PATCH", place, json={field: None}), 422, "invalid")
        assert told["errors"][0]["field"] == field


def test_an_address_is_kept_once_and_the_refusal_names_its_story(mine: Program):
    first = mine.post("/stories", NEW).json["id"]
    told = refused(mine.post("/stories", NEW | {"headline": "Again"}), 409, "duplicate_source")
    assert told["story_id"] == first
    found = mine.get("/stories", query_string={"source_url": NEW["source_url"]}).json["items"]
    assert [one["id"] for one in found] == [first]


def test_lists_page_by_an_opaque_cursor_and_search(mine: Program, reader: User, app: Flask):
    ids = [str(make_story(reader, f"Story {n}").id) for n in range(5)]
    make_story(make_user(), "Story of somebody else")
    seen, after = [], ""
    while True:
        page = mine.get("/stories", query_string={"limit": 2, "after": after}).json
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ids[::-1]
    assert [one["headline"] for one in mine.get("/stories?q=%223%22").json["items"]] == ["Story 3"]
    refused(mine.get("/stories?after=garbage"), 404, "not_found")


def test_a_story_tells_of_its_media_and_narration(mine: Program, reader: User):
    story = make_story(reader)
    image, track = make_asset(reader, story), make_track(reader, story, storage_key="audio/x.mp3")
    told = mine.get(f"/stories/{story.id}").json
    assert told["media"] == [{"id": str(image.id), "type": "image"}]
    assert told["track"]["id"] == str(track.id)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x"}, "headline"),
        ({"headline": "", "content": "x"}, "headline"),
        ({"headline": " \0 ", "content": "x"}, "headline"),
        ({"headline": 5, "content": "x"}, "headline"),
        ({"headline": "x" * 301, "content": "x"}, "headline"),
        ({"headline": "x", "content": "x" * 200_001}, "content"),
        ({"headline": "x", "content": "x", "source_url": "javascript:alert(1)"}, "source_url"),
        ({"headline": "x", "content": "x", "published_at": "yesterday"}, "published_at"),
        ({"headline": "x", "content": "x", "published_at": "2026-03-01T08:00:00"}, "published_at"),
        ({"headline": "x", "content": "x", "published_at": 1_600_000_000}, "published_at"),
        ({"headline": "x", "content": "x", "published_at": "0001-01-01T00:00:00Z"}, "published_at"),
        ({"headline": "x", "content": "x", "published_at": "2026-02-30T08:00:00Z"}, "published_at"),
        ({"headline": "x", "content": "x", "headlines": "y"}, "headlines"),
        ([], ""),
    ],
)
def test_what_is_not_as_described_is_named(mine: Program, body: object, field: str):
    told = refused(mine.post("/stories", body), 422, "invalid")
    assert told["errors"][0]["field"] == field


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10_000, b'{"headline": NaN'])
def test_what_is_no_json_is_refused(mine: Program, body: bytes):
    sent = mine.ask("POST", "/stories", data=body, content_type="application/json")
    refused(sent, 400, "malformed")


def test_another_type_than_json_is_refused(mine: Program):
    refused(mine.ask("POST", "/stories", data=NEW), 415, "unsupported_media_type")


def test_control_characters_and_surrogates_do_no_harm(mine: Program):
    kept = mine.post("/stories", {"headline": "a\0b\x07c", "content": "x\0y\r\nz"})
    assert (kept.json["headline"], kept.json["content"]) == ("abc", "xy\nz")
    lone = mine.ask(
        "POST",
        "/stories",
        data=b'{"headline": "\\ud800x", "content": "y"}',
        content_type="application/json",
    )
    assert lone.status_code in {201, 400, 422}
    for query in ("q=%00", "q=%ff", "limit=9999999999999999999999", "limit=0", "source_url=%00"):
        assert mine.get(f"/stories?{query}").status_code in {200, 422}


def test_the_same_key_does_it_once_and_another_request_is_refused(mine: Program):
    key = {"Idempotency-Key": "6ba7b810"}
    first = mine.post("/stories", NEW, headers=key)
    again = mine.post("/stories", NEW, headers=key)
    assert (again.status_code, again.json) == (201, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = NEW | {"headline": "Another"}
    refused(mine.post("/stories", other, headers=key), 422, "key_reused")
    refused(mine.post("/stories", NEW, headers={"Idempotency-Key": "é"}), 400, "bad_key")
    assert db.session.scalar(select(func.count()).select_from(NewsStory)) == 1


def test_a_failure_leaves_the_key_free(mine: Program):
    key = {"Idempotency-Key": "k1"}
    first = mine.post("/stories", NEW)
    refused(mine.post("/stories", NEW, headers=key), 409, "duplicate_source")
    mine.ask("DELETE", f"/stories/{first.json['id']}")
    assert mine.post("/stories", NEW, headers=key).status_code == 201


def test_a_full_plan_is_told_with_what_is_left(app: Flask, mine: Program):
    with allowing(app, stories=1):
        assert mine.post("/stories", NEW).status_code == 201
        told = refused(
            mine.post("/stories", {"headline": "x", "content": "y"}), 403, "limit_reached"
        )
    assert (told["limit"], told["left"], told["resets_at"]) == ("stories", 0, None)


def test_calls_are_counted_and_end_with_the_plan(app: Flask, mine: Program, reader: User):
    with allowing(app, api_calls=2):
        assert mine.get("/stories").status_code == 200
        left = next(
            one for one in mine.get("/usage").json["measures"] if one["name"] == "api_calls"
        )
        assert (left["used"], left["limit"], left["left"]) == (2, 2, 0)
        told = refused(mine.get("/stories"), 403, "limit_reached")
    assert (told["limit"], told["left"]) == ("api_calls", 0)
    assert told["resets_at"]
    used = db.session.scalar(
        select(UsageCounter.used).where(UsageCounter.resource == Resource.API_CALLS)
    )
    assert used == 2


def test_a_token_does_only_what_its_scopes_say(app: Flask, reader: User):
    story = make_story(reader)
    reading = program(app, reader, ["read:stories"])
    assert reading.get(f"/stories/{story.id}").status_code == 200
    reply = reading.ask("DELETE", f"/stories/{story.id}")
    refused(reply, 403, "insufficient_scope")
    assert 'scope="write:stories"' in reply.headers["WWW-Authenticate"]
    refused(reading.get("/media"), 403, "insufficient_scope")


def test_cookies_open_nothing_and_need_no_token_against_forgery(
    app: Flask, me: FlaskClient, reader: User
):
    refused(me.get("/api/v1/stories"), 401, "no_token")
    refused(me.post("/api/v1/stories", json=NEW), 401, "no_token")
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert program(app, reader).post("/stories", NEW).status_code == 201
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer x", "Basic eDp4", "Bearer earshot_\xff"])
def test_without_a_good_token_nothing_opens(app: Flask, client: FlaskClient, sent: str):
    reply = client.get("/api/v1/stories", headers={"Authorization": sent})
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_stranger_is_not_read_at_length(app: Flask, client: FlaskClient):
    reply = client.post("/api/v1/stories", data=b"x" * 6_000_000, content_type="application/json")
    assert reply.status_code == 401


def test_what_programs_must_not_do_has_a_problem_too(mine: Program):
    refused(mine.get("/nowhere"), 404, "not_found")
    reply = mine.ask("PUT", "/stories")
    refused(reply, 405, "method_not_allowed")
    assert "POST" in reply.headers["Allow"]
    large = mine.ask("POST", "/stories", data=b" " * 5_000_000, content_type="application/json")
    refused(large, 413, "request_entity_too_large")


def test_the_description_is_public_and_complete(app: Flask, client: FlaskClient):
    told = client.get("/api/v1/openapi.json").json
    assert told["openapi"].startswith("3.1")
    routes = {
        (rule.rule.replace("<uuid:", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.description"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, m) for path, item in told["paths"].items() for m in item} == routes
    secret = make_token(make_user())
    assert secret.removeprefix("earshot_") not in str(told)
