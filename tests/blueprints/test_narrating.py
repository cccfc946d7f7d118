"""Having a story read aloud, from its page and from lists."""

import re

import pytest
from sqlalchemy import func, select, text

from extensions import db
from models import AudioGeneration, AudioTrack, User
from services import voice_choice
from services.worker.loop import drain
from tests.factories import make_asset, make_story, make_track, make_user

HTMX = {"HX-Request": "true"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true"}


@pytest.fixture
def story(reader):
    return make_story(reader, "Rain", content="It rained at **noon**. See https://example.org/x.")


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(AudioGeneration))


def only() -> AudioGeneration:
    db.session.expire_all()
    return db.session.scalars(select(AudioGeneration)).one()


def narrate(me, story, headers=HTMX, query="as=story", **data):
    return me.post(f"/news/{story.id}/narrate?{query}", data=data, headers=headers)


def test_one_press_queues_the_story_and_shows_its_progress(me, story):
    reply = narrate(me, story)

    assert reply.status_code == 200
    assert reply.text.lstrip().startswith('<section id="narration"')
    assert "Queued" in reply.text
    assert only().text == "Rain\n\nIt rained at noon. See."
    assert reply.headers["HX-Trigger"] == "earshot:narrating"


def test_without_scripts_the_story_comes_back(me, story):
    reply = me.post(f"/news/{story.id}/narrate")

    assert reply.status_code == 303
    assert reply.location == f"/news/{story.id}"
    assert "Queued" in me.get(reply.location).text


def test_what_is_not_kept_here_is_neither_played_nor_shown(me, reader, story):
    sound = make_asset(reader, story, "audio", url="https://a.test/one.mp3", arrived=True)
    picture = make_asset(reader, story, url="https://a.test/one.png", arrived=True)
    reply = narrate(me, story)
    for asset in (sound, picture):
        assert f"/media/{asset.id}" not in reply.text


def test_two_clicks_make_one_narration(me, story):
    narrate(me, story)
    assert "Queued" in narrate(me, story).text
    assert count() == 1


def test_the_page_shows_queued_speaking_storing_and_then_the_player(me, story):
    narrate(me, story)
    address = f"/news/{story.id}/narration?as=progress"
    assert "Queued" in me.get(address, headers=HTMX).text
    for stage, progress, words in (
        ("speaking", 0, "Narrating"),
        ("speaking", 0.4, "Narrating, 40 %"),
        ("storing", 1, "Storing"),
    ):
        db.session.execute(
            text(
                "UPDATE audio_generation_history SET status = 'processing', stage = :s, progress = :p"
            ),
            {"s": stage, "p": progress},
        )
        db.session.commit()
        assert words in me.get(address, headers=HTMX).text
    db.session.execute(text("UPDATE audio_generation_history SET status = 'pending'"))
    db.session.commit()
    drain()

    done = me.get(address, headers=HTMX)

    assert done.headers["HX-Retarget"] == "#narration"
    track = db.session.scalars(select(AudioTrack)).one()
    assert f'data-play="/audio/{track.id}/stream"' in done.text
    assert "Read by Robin" in done.text
    assert "Word timing" in done.text
    assert "every" not in re.findall(r'hx-trigger="([^"]*)"', done.text)
    assert "hx-trigger" not in done.text


def test_only_what_is_open_asks_again_and_ever_more_seldom(me, story):
    page = f"/news/{story.id}"
    assert "every" not in me.get(page).text
    narrate(me, story)
    for age, seconds in ((0, 2), (60, 5), (600, 15), (7200, 60)):
        db.session.execute(
            text(
                "UPDATE audio_generation_history SET created_at = now() - make_interval(secs => :age)"
            ),
            {"age": age},
        )
        db.session.commit()
        assert f'hx-trigger="every {seconds}s"' in me.get(page).text
        assert f'hx-trigger="every {seconds}s"' in me.get("/news/").text
        assert f'hx-trigger="every {seconds}s"' in me.get("/audio/generations").text
        assert f'hx-trigger="every {seconds}s"' in me.get("/").text
    db.session.execute(
        text("UPDATE audio_generation_history SET status = 'failed', error = 'It broke.'")
    )
    db.session.commit()
    for address in (page, "/news/", "/audio/generations", "/"):
        assert "every" not in me.get(address).text


def test_a_failure_says_why_and_offers_to_try_again(me, story):
    narrate(me, story, text="My words.", voice_id="espeak:en-us+f1")
    failed = only()
    failed.status, failed.error, failed.error_code = "failed", "The voice is away.", "away"
    db.session.commit()

    page = me.get(f"/news/{story.id}").text
    assert "The voice is away." in page
    assert "Try again" in page
    reply = me.post(f"/audio/generations/{failed.id}/retry?as=story", headers=HTMX)

    assert "Queued" in reply.text
    newest = db.session.scalars(
        select(AudioGeneration).where(AudioGeneration.status == "pending")
    ).one()
    assert (newest.text, newest.voice_id) == ("My words.", "espeak:en-us+f1")


def test_stopping_brings_the_button_back(me, story):
    narrate(me, story)
    reply = me.post(f"/audio/generations/{only().id}/cancel?as=story", headers=HTMX)

    assert 'id="narration"' in reply.text
    assert ">Narrate</button>" in reply.text
    assert only().error_code == "cancelled"


def test_a_story_without_words_says_so_and_queues_nothing(me, reader):
    story = make_story(reader, "—", content="```\nx\n```")

    reply = narrate(me, story)

    assert reply.status_code == 422
    assert reply.headers["HX-Retarget"] == "#notice"
    assert "no words to read aloud" in reply.text
    assert me.post(f"/news/{story.id}/narrate").status_code == 422
    assert count() == 0


def test_a_story_that_changed_says_so_and_offers_to_be_read_again(me, story):
    narrate(me, story)
    drain()
    assert "The story changed" not in me.get(f"/news/{story.id}").text

    form = {"headline": "Rain", "content": "It rained at *noon*. See https://example.org/y."}
    # Within a test's transaction every change has the same time.
    db.session.execute(text("UPDATE audio_tracks SET metadata = metadata - 'source_at'"))
    db.session.commit()
    assert me.post(f"/news/{story.id}/edit", data=form).status_code == 303
    assert "The story changed" not in me.get(f"/news/{story.id}").text, "an address is not spoken"
    assert me.post(f"/news/{story.id}/edit", data=form | {"content": "Snow."}).status_code == 303

    page = me.get(f"/news/{story.id}").text
    assert "The story changed after it was read aloud." in page
    assert "Narrate again" in page


def test_the_form_shows_the_words_the_voices_and_the_cost(me, reader):
    german = make_story(
        reader, "Zug", content="Der Zug kam nicht und die Leute waren auf dem Weg mit der Zeitung."
    )

    page = me.get(f"/news/{german.id}/narrate").text

    assert "Zug\n\nDer Zug kam nicht" in page
    assert '<option value="de" selected>German</option>' in page
    assert 'value="espeak:de" checked' in page
    assert "/audio/voices/espeak:de/sample" in page
    assert "characters, about 0:0" in page


def test_choosing_a_language_brings_its_voices(me, story):
    reply = me.get(f"/news/{story.id}/narrate?language=fr", headers=HTMX)

    assert reply.text.lstrip().startswith("<fieldset")
    assert "espeak:fr+f1" in reply.text
    assert "espeak:de" not in reply.text
    assert "No voice here" in me.get(f"/news/{story.id}/narrate?language=ja", headers=HTMX).text


def test_the_form_queues_what_it_says_and_remembers_if_asked(me, reader, story):
    reply = me.post(
        f"/news/{story.id}/narrate",
        data={
            "text": "Only this.",
            "voice_id": "espeak:en-us+m3",
            "speed": "1.5",
            "language": "en-US",
            "remember": "y",
        },
    )

    assert reply.status_code == 303
    assert (only().text, only().voice_id, only().settings["speed"]) == (
        "Only this.",
        "espeak:en-us+m3",
        1.5,
    )
    assert db.session.get(User, reader.id, populate_existing=True).metadata_["narration"] == {
        "voice_id": "espeak:en-us+m3",
        "speed": 1.5,
    }
    assert voice_choice.preference_of(reader.id).speed == 1.5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"text": "", "voice_id": "espeak:en-us"}, "nothing to read"),
        ({"text": "…", "voice_id": "espeak:en-us"}, "no words to read aloud"),
        ({"text": "Hello.", "voice_id": ""}, "Choose a voice"),
        ({"text": "Hello.", "voice_id": "espeak:klingon"}, "not available here"),
        ({"text": "Hello.", "voice_id": "espeak:en-us", "speed": "nan"}, "Speed"),
        ({"text": "Hello.", "voice_id": "espeak:en-us", "speed": "fast"}, "Speed"),
        ({"text": "word " * 50_000, "voice_id": "espeak:en-us"}, "200,000"),
    ],
)
def test_a_form_that_makes_no_sense_comes_back_with_its_words(me, story, data, words):
    reply = me.post(f"/news/{story.id}/narrate", data=data)

    assert reply.status_code == 422
    assert words in reply.text
    assert count() == 0
    if data["text"].startswith("Hello"):
        assert "Hello.</textarea>" in reply.text


def test_asking_for_what_is_there_says_that_nothing_was_spent(me, story):
    narrate(me, story)
    drain()

    reply = narrate(me, story)

    assert "nothing was spent" in reply.text
    assert count() == 1


def test_earlier_takes_are_listed_and_can_be_deleted(me, story):
    for voice_id in ("espeak:en-us", "espeak:en-us+f1"):
        narrate(me, story, voice_id=voice_id)
        drain()
    page = me.get(f"/news/{story.id}").text
    assert "An earlier take" in page
    old = db.session.scalars(
        select(AudioTrack).where(AudioTrack.metadata_["voiceId"].astext == "espeak:en-us")
    ).one()

    reply = me.post(f"/audio/{old.id}/delete")

    assert reply.status_code == 303
    assert reply.location == f"/news/{story.id}"
    assert "An earlier take" not in me.get(f"/news/{story.id}").text


def test_rows_of_stories_offer_to_narrate_and_then_to_listen(me, story):
    assert "Narrate: Rain" in me.get("/news/").text
    reply = narrate(me, story, query="as=chip&style=chip")
    assert reply.text.lstrip().startswith('<span class="narration-chip"')
    assert "Queued" in reply.text
    assert "Being narrated" in me.get("/").text
    drain()

    chip = me.get(f"/news/{story.id}/narration?as=chip", headers=HTMX).text
    assert "/stream" in chip
    assert "every" not in chip
    for address in ("/", "/news/", "/news/?q=rain"):
        assert "/stream" in me.get(address).text
    assert "Being narrated" not in me.get("/").text


def test_a_media_asset_that_stands_for_a_narration_leads_to_it(me, story):
    narrate(me, story)
    drain()
    asset_id, track_id = db.session.execute(text("SELECT id, track_id FROM media_assets")).one()

    assert me.get(f"/media/{asset_id}").location == f"/audio/{track_id}"
    assert me.get(f"/media/{asset_id}/file").location == f"/audio/{track_id}/stream"
    assert "?download=1" in me.get(f"/media/{asset_id}/file?download=1").location
    assert str(asset_id) not in me.get("/media/").text
    assert me.post(f"/media/{asset_id}/delete", data={"even_if_used": "y"}).status_code == 404


def test_what_is_a_strangers_does_not_exist(me):
    stranger = make_user()
    story, track = make_story(stranger), make_track(stranger)

    for address in (f"/news/{story.id}/narrate", f"/news/{story.id}/narration"):
        assert me.get(address).status_code == 404
    assert me.post(f"/news/{story.id}/narrate").status_code == 404
    assert me.post(f"/audio/{track.id}/delete").status_code == 404
    assert count() == 0
