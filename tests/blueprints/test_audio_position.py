"""Where a reader stands, as the player asks and tells."""

import re

import pytest

from extensions import db
from models import PlaybackPosition
from tests.conftest import signed_in
from tests.factories import make_story, make_track, make_user

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:120.0) Gecko/120.0 Firefox/120.0"


@pytest.fixture
def address(reader):
    track = make_track(reader, make_story(reader), duration=600.0)
    return f"/audio/{track.id}/position"


def test_nobody_has_listened_yet(me, address):
    assert me.get(address).json == {
        "seconds": 0.0,
        "version": 0,
        "heard": 0.0,
        "finished": False,
        "device": "",
        "updated_at": None,
        "previous": [],
        "duration": 600.0,
    }


def test_a_place_told_in_json_is_told_back(me, address):
    reply = me.post(
        address,
        json={"seconds": 83.4, "version": 0, "heard": 80},
        headers={"User-Agent": FIREFOX},
    )

    assert reply.status_code == 200
    told = me.get(address).json
    assert (told["seconds"], told["version"], told["device"]) == (83.4, 1, "Firefox on Android")
    assert reply.json.items() <= told.items()


def test_a_closing_page_tells_by_a_form(me, address):
    form = {"seconds": "12.5", "version": "0", "heard": "12.5", "start_over": "false"}

    assert me.post(address, data=form).status_code == 200
    assert me.get(address).json["seconds"] == 12.5


def test_a_stale_device_is_told_the_current_place(me, address):
    for version, seconds in enumerate((100, 200)):
        me.post(address, json={"seconds": seconds, "version": version})

    reply = me.post(address, json={"seconds": 0, "version": 1})

    assert reply.status_code == 409
    assert (reply.json["reason"], reply.json["seconds"], reply.json["version"]) == (
        "StalePosition",
        200,
        2,
    )
    assert me.get(address).json["seconds"] == 200


def test_the_beginning_must_be_meant(me, address):
    me.post(address, json={"seconds": 100, "version": 0})

    reply = me.post(address, json={"seconds": 0, "version": 1})
    assert (reply.status_code, reply.json["reason"]) == (409, "StartOverNeeded")
    meant = me.post(address, json={"seconds": 0, "version": 1, "start_over": True})
    assert meant.json["seconds"] == 0


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"seconds": 1},
        {"seconds": "soon", "version": 0},
        {"seconds": 1, "version": "x"},
        {"seconds": None, "version": 0},
        {"seconds": 1e400, "version": 0},
        {"seconds": 1, "version": -1},
        [1, 2],
        "text",
    ],
)
def test_nonsense_is_refused_in_words(me, address, sent):
    reply = me.post(address, json=sent)

    assert reply.status_code == 422
    assert reply.json["error"]
    assert db.session.query(PlaybackPosition).count() == 0


def test_nobody_reads_or_moves_another_readers_place(app, address):
    other = signed_in(app, make_user())

    assert other.get(address).status_code == 404
    assert other.post(address, json={"seconds": 1, "version": 0}).status_code == 404


def test_a_place_needs_the_token(app, me, address, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    place = {"seconds": 10, "version": 0}
    assert me.post(address, json=place).status_code == 400

    page = me.get("/").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
    assert me.post(address, json=place, headers={"X-CSRFToken": token}).status_code == 200
    assert me.post(address, data=place | {"version": 1, "csrf_token": token}).status_code == 200


def test_a_deleted_narration_takes_its_place_along(me, reader, address):
    me.post(address, json={"seconds": 10, "version": 0})
    db.session.execute(db.text("DELETE FROM audio_tracks"))
    db.session.commit()

    assert db.session.query(PlaybackPosition).count() == 0


def test_the_front_page_offers_to_go_on(me, reader):
    make_track(reader, make_story(reader, "Long ago"), duration=600.0, storage_key="a")
    track = make_track(reader, make_story(reader, "Rain at noon"), duration=600.0, storage_key="b")
    assert "Long ago" in me.get("/").text
    panel = re.compile(r"<section[^>]*data-resume.*?</section>", re.DOTALL)
    assert " hidden" in panel.search(me.get("/").text)[0].split(">")[0]

    me.post(f"/audio/{track.id}/position", json={"seconds": 84, "version": 0})

    shown = panel.search(me.get("/").text)[0]
    assert "hidden" not in shown.split(">")[0]
    assert "Rain at noon" in shown
    assert "1:24 of 10:00" in shown
    assert f'data-key="track:{track.id}"' in shown
