"""Media, narrations and usage by the API."""

from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from extensions import db
from models import AudioAlignment, AudioGeneration, MediaAsset, User
from tests.blueprints.test_api_stories import refused
from tests.factories import make_asset, make_story, make_track
from tests.limited import allowing
from tests.samples import photo, sound
from tests.stored import SOUND, make_stored_track
from tests.tokens import Program, program


@pytest.fixture
def mine(app: Flask, reader: User) -> Program:
    return program(app, reader)


def upload(mine: Program, data: bytes, name: str = "a.jpg", headers=None, **fields: str):
    form = fields | {"file": (BytesIO(data), name)}
    return mine.ask("POST", "/media", data=form, headers=headers or {})


def test_a_file_is_uploaded_sent_described_and_deleted(mine: Program, reader: User):
    story = make_story(reader)
    kept = upload(mine, photo(), story_id=str(story.id), title="Harbour", alt_text="A harbour")
    assert kept.status_code == 201, kept.text
    told = kept.json
    assert (told["type"], told["title"], told["story_id"]) == ("image", "Harbour", str(story.id))
    assert told["width"] > 0
    file = mine.get(f"/media/{told['id']}/file")
    assert (file.status_code, file.mimetype) == (200, "image/jpeg")
    part = mine.get(f"/media/{told['id']}/file", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.data) == (206, file.data[:10])
    assert mine.get(f"/media/{told['id']}/thumbnail").mimetype == "image/webp"
    changed = mine.ask("PATCH", f"/media/{told['id']}", json={"title": "Port"})
    assert (changed.json["title"], changed.json["alt_text"]) == ("Port", "A harbour")
    listed = mine.get(f"/media?story_id={story.id}&type=image").json["items"]
    assert [one["id"] for one in listed] == [told["id"]]
    in_use = refused(mine.ask("DELETE", f"/media/{told['id']}"), 409, "in_use")
    assert in_use["story_id"] == str(story.id)
    assert mine.ask("DELETE", f"/media/{told['id']}?even_if_used=true").status_code == 204
    refused(mine.get(f"/media/{told['id']}/file"), 404, "not_found")


def test_the_same_file_is_kept_once(mine: Program):
    first = upload(mine, photo()).json["id"]
    assert refused(upload(mine, photo()), 409, "kept")["media_id"] == first


def test_an_upload_with_a_key_is_done_once(mine: Program):
    key = {"Idempotency-Key": "picture-1"}
    first = upload(mine, photo(), headers=key)
    again = upload(mine, photo(), headers=key)
    assert (again.status_code, again.json) == (201, first.json)
    refused(upload(mine, sound(), "a.wav", headers=key), 422, "key_reused")
    assert db.session.scalar(select(func.count()).select_from(MediaAsset)) == 1


def test_what_is_no_picture_or_sound_is_refused_in_words(mine: Program):
    told = refused(upload(mine, b"#!/bin/sh", "x.sh"), 403, "upload_refused")
    assert told["detail"].startswith("x.sh ")
    form = {"file": "not a file"}
    refused(
        mine.ask("POST", "/media", data=form, content_type="multipart/form-data"),
        422,
        "invalid",
    )
    empty = mine.ask("POST", "/media", data={"title": "x"}, content_type="multipart/form-data")
    refused(empty, 422, "invalid")
    refused(mine.post("/media", {"file": "x"}), 415, "unsupported_media_type")
    refused(upload(mine, photo(), story_id=str(UUID(int=1))), 404, "not_found")


def test_an_upload_that_does_not_fit_the_plan_leaves_nothing(app: Flask, mine: Program):
    with allowing(app, storage_bytes=10):
        told = refused(upload(mine, sound(), "a.wav"), 403, "limit_reached")
    assert (told["limit"], told["left"]) == ("storage_bytes", 10)
    assert db.session.scalar(select(func.count()).select_from(MediaAsset)) == 0


def test_media_page_and_filter(mine: Program, reader: User):
    story = make_story(reader)
    used, free = make_asset(reader, story), make_asset(reader, type="audio")
    assert len(mine.get("/media").json["items"]) == 2
    assert [m["id"] for m in mine.get("/media?unused=true").json["items"]] == [str(free.id)]
    assert [m["id"] for m in mine.get("/media?type=image").json["items"]] == [str(used.id)]
    first = mine.get("/media?limit=1").json
    second = mine.get("/media", query_string={"limit": 1, "after": first["next"]}).json
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [str(free.id), str(used.id)]
    refused(mine.get("/media?type=video"), 422, "invalid")


def test_a_narration_is_listed_streamed_and_deleted(mine: Program, reader: User):
    story = make_story(reader)
    track = make_stored_track(reader, story, text="Hi", duration=0.2)
    track_id = track.id
    db.session.add(
        AudioAlignment(
            track_id=track.id, characters=["H", "i"], start_times=[0.0, 0.1], end_times=[0.1, 0.2]
        )
    )
    db.session.commit()
    listed = mine.get(f"/tracks?story_id={story.id}").json["items"]
    assert [one["id"] for one in listed] == [str(track_id)]
    assert listed[0]["stream_url"].endswith(f"/api/v1/tracks/{track_id}/stream")
    assert mine.get(f"/tracks/{track_id}").json["text"] == "Hi"
    part = mine.get(f"/tracks/{track_id}/stream", headers={"Range": "bytes=256-511"})
    assert (part.status_code, part.data) == (206, SOUND[256:512])
    times = mine.get(f"/tracks/{track_id}/alignment")
    assert times.json["characters"] == ["H", "i"]
    same = {"If-None-Match": times.headers["ETag"]}
    assert mine.get(f"/tracks/{track_id}/alignment", headers=same).status_code == 304
    assert mine.get(f"/tracks/{track_id}/captions.vtt").text.startswith("WEBVTT")
    assert "-->" in mine.get(f"/tracks/{track_id}/captions.srt").text
    assert mine.ask("DELETE", f"/tracks/{track_id}").status_code == 204
    refused(mine.get(f"/tracks/{track_id}"), 404, "not_found")


def test_a_track_without_sound_or_times_says_so(mine: Program, reader: User):
    track = make_track(reader)
    refused(mine.get(f"/tracks/{track.id}/stream"), 404, "not_found")
    refused(mine.get(f"/tracks/{track.id}/captions.vtt"), 404, "not_found")
    assert mine.get("/tracks").json["items"][0]["stream_url"] is None


def test_a_narration_is_asked_for_stopped_and_asked_for_again(mine: Program, reader: User):
    story = make_story(reader)
    wish = {"story_id": str(story.id), "speed": 1.5}
    asked = mine.post("/generations", wish, headers={"Idempotency-Key": "n1"})
    assert asked.status_code == 202, asked.text
    generation = asked.json["generation"]
    assert (generation["status"], generation["story_id"]) == ("pending", str(story.id))
    assert asked.headers["Location"].endswith(f"/api/v1/generations/{generation['id']}")
    assert mine.post("/generations", wish).json["generation"]["id"] == generation["id"]
    place = f"/generations/{generation['id']}"
    assert mine.get(place).json["status"] == "pending"
    refused(mine.post(f"{place}/retry"), 409, "conflict")
    stopped = mine.post(f"{place}/cancel")
    assert (stopped.json["status"], stopped.json["error_code"]) == ("failed", "cancelled")
    refused(mine.post(f"{place}/cancel"), 409, "ended")
    again = mine.post(f"{place}/retry")
    assert (again.status_code, again.json["generation"]["status"]) == (202, "pending")
    listed = mine.get("/generations?status=failed").json["items"]
    assert [one["id"] for one in listed] == [generation["id"]]
    assert db.session.scalar(select(func.count()).select_from(AudioGeneration)) == 2


def test_what_cannot_be_narrated_says_why(mine: Program, reader: User):
    story = make_story(reader, "…", content="```\ncode\n```")
    refused(mine.post("/generations", {"story_id": str(story.id)}), 409, "not_readable")
    nowhere = {"story_id": str(UUID(int=5))}
    refused(mine.post("/generations", nowhere), 404, "not_found")
    odd = {"story_id": str(make_story(reader).id), "voice_id": "nobody"}
    refused(mine.post("/generations", odd), 404, "voice_not_found")
    refused(mine.post("/generations", nowhere | {"speed": 99}), 422, "invalid")
    refused(mine.post("/generations", nowhere | {"settings": {"style": "x"}}), 422, "invalid")


def test_a_month_that_is_used_up_is_told_with_its_reset(app: Flask, mine: Program, reader: User):
    story = make_story(reader)
    with allowing(app, characters=3):
        told = refused(mine.post("/generations", {"story_id": str(story.id)}), 403, "limit_reached")
    assert (told["limit"], told["left"]) == ("characters", 3)
    assert told["resets_at"].endswith("+00:00")
    assert db.session.scalar(select(func.count()).select_from(AudioGeneration)) == 0


def test_usage_is_what_pages_show(mine: Program, reader: User):
    make_story(reader)
    told = mine.get("/usage").json
    assert told["plan"] == "free"
    measures = {one["name"]: one for one in told["measures"]}
    assert (measures["stories"]["used"], measures["api_calls"]["used"]) == (1, 1)
    assert measures["characters"]["resets_at"].endswith("Z")
    assert measures["stories"]["resets_at"] is None
