"""The briefing on its reader's page, under Audio, and in podcast apps."""

import json
from datetime import UTC, datetime
from itertools import pairwise
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from extensions import db
from models import AudioTrack, Briefing, BriefingPlan, BriefingState, NewsStory, User
from queries.briefings import Plan
from services.briefings import planning
from services.storage import THUMBNAILS, new_key, open_storage
from services.worker import briefings
from tests.factories import make_asset, make_story, make_user
from tests.listening import app_of, fetched, make_podcast
from tests.narrated import narrate
from tests.samples import image

GOOD = {"active": "y", "hour": "6", "zone": "Europe/Berlin", "voice_id": "", "stories": "5"}


@pytest.fixture
def ears(app: Flask, transaction: None) -> FlaskClient:
    return app_of(app)


def told(owner: User, *headlines: str) -> AudioTrack:
    """Have a briefing of these stories made."""
    for headline in headlines:
        url = f"https://e.test/{uuid4()}"
        story = make_story(owner, headline, source_url=url, created_at=datetime.now(UTC))
        narrate(owner, story)
    planning.begin(owner.id, Plan(zone="UTC"))
    db.session.commit()
    while briefings.tend():
        pass
    db.session.execute(Briefing.__table__.update().values(look_at=datetime(2026, 1, 1, tzinfo=UTC)))
    db.session.commit()
    while briefings.tend():
        pass
    track = db.session.scalar(select(AudioTrack).where(AudioTrack.news_id.is_(None)))
    assert track is not None
    return track


def path_of(address: str) -> str:
    return address.removeprefix("http://localhost")


def test_a_briefing_is_an_episode_with_chapters(ears: FlaskClient, reader: User):
    track = told(reader, "Rain & <b>snow</b> ]]> 🎧", "A second \x07story")
    base = make_podcast(reader)
    reply = ears.get(f"{base}/feed.xml")
    assert b"podcast:block" in reply.data
    episode = fetched(ears, f"{base}/feed.xml").entries[0]
    assert episode.title == track.metadata_["title"]
    assert episode.id == str(track.id)
    assert "A second story; Rain & <b>snow</b> ]]> 🎧" in episode.summary
    assert episode.author == "Read by Robin"
    (sound,) = episode.enclosures
    assert len(ears.get(path_of(sound.href)).data) == int(sound["length"]) == track.byte_size
    address = f"{base}/{track.id}/chapters.json"
    assert address.encode() in reply.data
    found = ears.get(address)
    assert found.mimetype == "application/json+chapters"
    assert found.headers["Access-Control-Allow-Origin"] == "*"
    chapters = json.loads(found.data)
    assert chapters["version"] == "1.2.0"
    starts = [one["startTime"] for one in chapters["chapters"]]
    assert starts[0] == 0
    assert all(before < after for before, after in pairwise([*starts, track.duration]))
    assert all(one["url"].startswith("https://e.test/") for one in chapters["chapters"])
    again = ears.get(address, headers={"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304
    assert ears.get(f"{base}/{track.id}.vtt").text.count("-->") >= 2


def test_briefings_have_a_feed_without_their_stories(ears: FlaskClient, reader: User):
    track = told(reader, "Rain", "Snow")
    told(make_user(), "Hail")
    base = make_podcast(reader)
    whole, alone = (
        [one.id for one in fetched(ears, f"{base}/{name}feed.xml").entries]
        for name in ("", "briefings/")
    )
    assert len(whole) == 3
    assert alone == [str(track.id)]


def test_only_ones_own_briefing_has_chapters(ears: FlaskClient, reader: User):
    stranger = make_user()
    theirs = told(stranger, "Not mine")
    base = make_podcast(reader)
    single = narrate(reader, make_story(reader))
    for track_id in (theirs.id, single.id, uuid4()):
        assert ears.get(f"{base}/{track_id}/chapters.json").status_code == 404


def test_an_app_that_knows_only_dates_is_told_that_nothing_is_new(ears: FlaskClient, reader: User):
    address = f"{make_podcast(reader)}/feed.xml"
    since = ears.get(address).headers["Last-Modified"]
    assert ears.get(address, headers={"If-Modified-Since": since}).status_code == 304
    long_ago = "Sun, 01 Mar 2026 08:00:00 GMT"
    assert ears.get(address, headers={"If-Modified-Since": long_ago}).status_code == 200


def test_a_storys_picture_comes_as_jpeg(ears: FlaskClient, reader: User):
    key = new_key(THUMBNAILS, "webp")
    open_storage().put(key, image("WEBP", mode="RGBA"), "image/webp")
    story = make_story(reader)
    asset = make_asset(reader, story, thumbnail_key=key, storage_key=key)
    stranger_asset = make_asset(make_user(), None, thumbnail_key=key)
    narrate(reader, story)
    base = make_podcast(reader)
    episode = fetched(ears, f"{base}/feed.xml").entries[0]
    assert episode.image.href == f"http://localhost{base}/{asset.id}.jpg"
    sent = ears.get(path_of(episode.image.href))
    assert sent.content_type == "image/jpeg"
    assert sent.data.startswith(b"\xff\xd8")
    assert ears.get(f"{base}/{stranger_asset.id}.jpg").status_code == 404


def test_the_form_keeps_when_and_says_when_next(me: FlaskClient, reader: User):
    assert "None was made yet." in me.get("/podcast/").text
    assert me.post("/podcast/briefing", data=GOOD).status_code == 303
    plan = db.session.scalar(select(BriefingPlan).where(BriefingPlan.user_id == reader.id))
    assert (plan.active, plan.hour, plan.zone, plan.stories) == (True, 6, "Europe/Berlin", 5)
    assert plan.next_at > datetime.now(UTC)
    page = me.get("/podcast/").text
    assert "The next one:" in page
    assert '<option selected value="Europe/Berlin">' in page
    me.post("/podcast/briefing", data=GOOD | {"active": ""})
    assert "The next one:" not in me.get("/podcast/").text


@pytest.mark.parametrize(
    "wrong", [{"stories": "31"}, {"stories": ""}, {"hour": "24"}, {"zone": "Mars/Base"}]
)
def test_a_form_that_makes_no_sense_is_refused_and_kept(me: FlaskClient, wrong: dict[str, str]):
    refused = me.post("/podcast/briefing", data=GOOD | wrong)
    assert refused.status_code == 422
    assert "field__error" in refused.text
    assert db.session.scalar(select(BriefingPlan)) is None


def test_one_can_be_had_at_once_and_shows_up(me: FlaskClient, reader: User):
    assert me.post("/podcast/briefing/now").status_code == 303
    fragment = me.get("/podcast/briefings", headers={"HX-Request": "true"}).text
    assert "Being made" in fragment
    assert "every 2s" in fragment
    assert me.post("/podcast/briefing/now").status_code == 409
    while briefings.tend():
        pass
    fragment = me.get("/podcast/briefings", headers={"HX-Request": "true"}).text
    assert "Nothing new" in fragment
    assert briefings.NOTHING in fragment
    assert "every 2s" not in fragment
    assert me.get("/podcast/briefings").status_code == 302


def test_quiet_days_do_not_pile_up(me: FlaskClient, reader: User):
    def was(owner: User, day: int, state: BriefingState, note: str) -> None:
        when = datetime(2026, 3, day, 7, tzinfo=UTC)
        days = {"day": when.date(), "created_at": when, "deadline": when}
        db.session.add(Briefing(user_id=owner.id, state=state, note=note, **days))
        db.session.commit()

    was(reader, 1, BriefingState.FAILED, "The first failed.")
    for day in range(2, 9):
        was(reader, day, BriefingState.NOTHING, f"Nothing on day {day}.")
    was(make_user(), 9, BriefingState.FAILED, "Another reader’s.")
    page = me.get("/podcast/").text
    assert "The first failed." in page
    assert page.count("Nothing on day") == page.count("Nothing on day 8.") == 1
    was(reader, 9, BriefingState.FAILED, "The last failed.")
    assert "Nothing on day" not in me.get("/podcast/").text


def test_a_briefing_is_a_narration_like_others(me: FlaskClient, reader: User):
    track = told(reader, "One", "Two")
    assert track.metadata_["title"] in me.get("/audio/").text
    page = me.get(f"/audio/{track.id}").text
    assert 'id="chapters-title"' in page
    assert track.metadata_["title"] in page
    assert "What is in it" in me.get("/podcast/").text
    me.post(f"/audio/{track.id}/delete")
    briefing = db.session.scalar(select(Briefing).execution_options(populate_existing=True))
    assert (briefing.state, briefing.track_id) == (BriefingState.DONE, None)
    assert "Deleted" in me.get("/podcast/").text


def test_hearing_a_briefing_to_the_end_marks_its_stories_as_read(me: FlaskClient, reader: User):
    track = told(reader, "One", "Two")
    report = {"seconds": track.duration, "version": 0, "heard": track.duration}
    assert me.post(f"/audio/{track.id}/position", json=report).status_code == 200
    db.session.expire_all()
    read = db.session.scalars(select(NewsStory.read_at).where(NewsStory.user_id == reader.id)).all()
    assert len(read) == 2
    assert all(read)
