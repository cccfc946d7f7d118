"""The history of narrations, and samples of voices."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from extensions import db
from models import AudioGeneration
from tests.factories import START, make_story, make_user

HTMX = {"HX-Request": "true"}


def make(owner, headline="Rain", status="pending", **columns) -> AudioGeneration:
    columns.setdefault("voice_id", "espeak:en-us")
    columns.setdefault("model_id", "espeak-ng-1.52")
    story = make_story(owner, headline)
    row = AudioGeneration(user_id=owner.id, news_id=story.id, status=status, **columns)
    db.session.add(row)
    db.session.commit()
    return row


def test_nothing_yet_says_how_things_get_here(me):
    page = me.get("/audio/generations").text

    assert "Nothing was read aloud yet" in page
    assert "/audio/generations" in me.get("/audio/").text


def test_each_row_says_what_became_of_it_in_plain_words(me, reader):
    make(reader, "One")
    make(reader, "Two", "processing", stage="speaking", progress=0.4)
    make(reader, "Three", "failed", error="The voice is away.", error_code="away")
    make(reader, "Four", "failed", error="You stopped it.", error_code="cancelled")
    make(reader, "Five", error="Busy.", failures=1)

    page = me.get("/audio/generations").text

    for words in (
        "Queued",
        "Narrating, 40 %",
        "The voice is away.",
        "Stopped",
        "Trying again soon",
    ):
        assert words in page
    assert "Next try in a moment" in page


def test_filters_live_in_the_address(me, reader):
    make(reader, "Rain", "failed", error="Away.", created_at=START)
    make(reader, "Snow", voice_id="espeak:de", created_at=START + timedelta(days=2))

    def found(query):
        reply = me.get(f"/audio/generations?{query}", headers=HTMX)
        return [one for one in ("Rain", "Snow") if one in reply.text]

    assert found("") == ["Rain", "Snow"]
    assert found("state=failed") == ["Rain"]
    assert found("voice=espeak:de") == ["Snow"]
    assert found("model=nothing") == []
    assert found("q=snow") == ["Snow"]
    assert found("from=2026-03-02") == ["Snow"]
    assert found("to=2026-03-01") == ["Rain"]
    assert found("state=nonsense&from=yesterday&to=9999-12-31&before=x") == ["Rain", "Snow"]
    reply = me.get("/audio/generations?state=failed&q=&from=", headers=HTMX)
    assert reply.headers["HX-Replace-Url"] == "/audio/generations?state=failed"
    assert 'value="failed" selected' in me.get("/audio/generations?state=failed").text


def test_a_list_of_failures_without_any_says_that_all_is_well(me, reader):
    make(reader)

    page = me.get("/audio/generations?state=failed").text
    assert "none of your narrations failed" in page
    assert "No narration passes" in me.get("/audio/generations?q=zzz").text


def test_older_ones_come_page_by_page_with_their_filters(me, reader):
    for number in range(32):
        make(
            reader,
            f"Story {number:02}",
            "failed",
            error="x",
            created_at=START + timedelta(hours=number),
        )

    page = me.get("/audio/generations?state=failed").text
    assert "Story 31" in page
    assert "Story 01" not in page
    address = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "state=failed" in address
    older = me.get(address, headers=HTMX).text
    assert "Story 01" in older
    assert older.lstrip().startswith("<li")


def test_one_row_is_asked_for_and_stopped(me, reader):
    one = make(reader)
    row = me.get(f"/audio/generations/{one.id}", headers=HTMX)
    assert row.text.lstrip().startswith(f'<li id="generation-{one.id}"')

    stopped = me.post(f"/audio/generations/{one.id}/cancel?as=row", headers=HTMX)
    assert "Stopped" in stopped.text
    assert "every" not in stopped.text
    assert me.post(f"/audio/generations/{one.id}/cancel").location == "/audio/generations"


def test_trying_again_adds_an_attempt_and_keeps_the_failed_one(me, reader):
    one = make(reader, "Rain", "failed", error="Away.", text="It rained.")

    reply = me.post(f"/audio/generations/{one.id}/retry")

    assert reply.status_code == 303
    db.session.expire_all()
    states = db.session.scalars(select(AudioGeneration.status)).all()
    assert sorted(states) == ["failed", "pending"]
    assert me.post(f"/audio/generations/{one.id}/retry").status_code == 303
    pending = db.session.scalars(
        select(AudioGeneration.id).where(AudioGeneration.status == "pending")
    ).one()
    assert me.post(f"/audio/generations/{pending}/retry").status_code == 409


def test_a_strangers_attempts_do_not_exist(me):
    one = make(make_user())

    assert me.get(f"/audio/generations/{one.id}").status_code == 404
    for what in ("cancel", "retry"):
        assert me.post(f"/audio/generations/{one.id}/{what}").status_code == 404
    db.session.expire_all()
    assert db.session.get(AudioGeneration, one.id).status == "pending"


def test_the_panel_counts_what_it_does_not_name(me, reader):
    for number in range(6):
        make(reader, f"Story {number}", created_at=START + timedelta(hours=number))

    panel = me.get("/audio/generations/open", headers=HTMX).text
    assert "Story 0" in panel
    assert "2 more wait" in panel


def test_a_voice_can_be_heard_and_is_asked_only_once(me):
    first = me.get("/audio/voices/espeak:en-us+f1/sample")

    assert first.status_code == 200
    assert first.mimetype == "audio/mpeg"
    assert len(first.data) > 2000
    part = me.get("/audio/voices/espeak:en-us+f1/sample", headers={"Range": "bytes=0-99"})
    assert part.status_code == 206
    assert part.data == first.data[:100]


@pytest.mark.parametrize("voice_id", ["espeak:klingon", "nobody:x", "x", "espeak:../../etc"])
def test_a_voice_that_is_not_there_has_no_sample(me, voice_id):
    assert me.get(f"/audio/voices/{voice_id}/sample").status_code == 404
