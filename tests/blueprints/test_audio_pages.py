"""The list of narrations and the page of one."""

import re
from datetime import timedelta

import pytest

from tests.conftest import queries_counted, signed_in
from tests.factories import START, make_asset, make_story, make_track, make_user
from tests.stored import SOUND, make_stored_track

HTMX = {"HX-Request": "true"}
PEAKS = [10, 80, 45, 100] * 24


def titles(text):
    return re.findall(r'sound__title cut" dir="auto" href="[^"]+">([^<]+)<', text)


def test_an_empty_list_says_how_narrations_get_here(me):
    page = me.get("/audio/")

    assert page.status_code == 200
    assert "No narration yet" in page.text
    assert 'href="/news/"' in page.text


def test_the_list_shows_mine_newest_first(me, reader):
    for headline in ("First", "Second"):
        make_track(reader, make_story(reader, headline))
    make_track(make_user(), None, text="Somebody else's words")

    page = me.get("/audio/").text

    assert titles(page) == ["Second", "First"]
    assert "Somebody" not in page
    assert "2 narrations" in page


def test_a_row_tells_story_voice_model_length_and_size(me, reader):
    story = make_story(reader, "Rain at noon")
    picture = make_asset(reader, story, thumbnail_key="thumbnails/a.webp")
    track = make_stored_track(
        reader,
        story,
        duration=222.4,
        byte_size=1_900_000,
        metadata_={"voiceId": "en-gb", "modelId": "espeak", "peaks": PEAKS},
    )

    row = me.get("/audio/", headers=HTMX).text

    assert row.lstrip().startswith("<li")
    for part in (
        "Rain at noon",
        "read by en-gb · espeak",
        "3:42",
        "1.9 MB",
        f"/audio/{track.id}/stream",
    ):
        assert part in row
    assert f'data-key="track:{track.id}"' in row
    assert 'data-peaks="10,80,45,100,' in row
    assert f"/media/{picture.id}/thumbnail" in row


def test_a_narration_without_its_story_goes_by_its_first_words(me, reader):
    make_track(reader, text="Once upon a time. " * 40)

    (title,) = titles(me.get("/audio/").text)

    assert title.startswith("Once upon a time.")
    assert title.endswith("…")
    assert len(title) <= 80


def test_markup_in_words_stays_words(me, reader):
    track = make_track(
        reader,
        make_story(reader, "<script>alert(1)</script>"),
        text="<b>bold</b> & more",
        metadata_={"voiceId": '"><img>'},
    )

    for page in (me.get("/audio/").text, me.get(f"/audio/{track.id}").text):
        assert "<script>alert" not in page
        assert '"><img>' not in page
    assert "<b>bold" not in page


@pytest.mark.parametrize("peaks", [None, [], "loud", {"a": 1}, [0.5, 99.9]])
def test_odd_metadata_does_not_break_the_page(me, reader, peaks):
    track = make_stored_track(reader, metadata_={"voiceId": 7, "modelId": None, "peaks": peaks})

    assert me.get("/audio/").status_code == 200
    assert me.get(f"/audio/{track.id}").status_code == 200


def test_older_ones_come_page_by_page_without_gaps(me, reader):
    for number in range(65):
        make_track(
            reader, text=f"Number {number}", created_at=START + timedelta(minutes=number // 3)
        )

    seen, address = [], "/audio/"
    while address:
        rows = me.get(address, headers=HTMX).text
        seen += titles(rows)
        more = re.search(r'hx-get="([^"]+)"', rows)
        address = more and more[1].replace("&amp;", "&")

    assert len(seen) == 65
    assert set(seen) == {f"Number {number}" for number in range(65)}


@pytest.mark.parametrize("before", ["junk", "AAAA", "%00", "é" * 50])
def test_a_place_that_makes_no_sense_is_the_beginning(me, reader, before):
    make_track(reader, text="Here")

    assert titles(me.get("/audio/", query_string={"before": before}).text) == ["Here"]


def test_the_list_asks_the_database_the_same_however_long_it_is(me, reader):
    def statements():
        with queries_counted() as counted:
            me.get("/audio/")
        return len(counted)

    make_track(reader)
    few = statements()
    for _ in range(20):
        make_track(reader, make_story(reader))

    assert statements() == few


def test_the_page_of_one_shows_what_is_spoken_and_offers_the_file(me, reader):
    story = make_story(reader, "Rain at noon")
    track = make_stored_track(reader, story, text="It rained.\n\nAt noon.")

    page = me.get(f"/audio/{track.id}").text

    assert ">Rain at noon</h1>" in page
    assert "<p>It rained.</p><p>At noon.</p>" in page
    assert f'href="/news/{story.id}"' in page
    assert f'href="/audio/{track.id}/stream?download=1"' in page
    assert "<noscript><audio" in page


def test_a_sound_kept_elsewhere_is_linked_and_not_played(me, reader):
    track = make_track(reader, url="https://storage.example.com/audio/123.mp3")

    page = me.get(f"/audio/{track.id}").text
    stream = me.get(f"/audio/{track.id}/stream")

    assert 'href="https://storage.example.com/audio/123.mp3"' in page
    assert "data-play" not in page
    assert stream.status_code == 404
    assert "elsewhere" in stream.text


def test_a_strangers_narration_does_not_exist(app, me):
    track = make_stored_track(make_user())

    for path in (f"/audio/{track.id}", f"/audio/{track.id}/stream"):
        for method in ("GET", "HEAD"):
            reply = me.open(path, method=method)
            assert reply.status_code == 404
            assert SOUND[:64] not in reply.data
    assert me.get(f"/audio/{track.id}/stream", headers={"Range": "bytes=0-9"}).status_code == 404


def test_a_stranger_gets_nothing_from_a_cache_that_holds_it(app, me):
    owner = make_user()
    track = make_stored_track(owner)
    assert signed_in(app, owner).get(f"/audio/{track.id}/stream").data == SOUND

    assert me.get(f"/audio/{track.id}/stream").status_code == 404


def test_somebody_not_signed_in_is_sent_to_sign_in(client, transaction):
    track = make_stored_track(make_user())

    for path in ("/audio/", f"/audio/{track.id}", f"/audio/{track.id}/stream"):
        reply = client.get(path)
        assert reply.status_code == 302
        assert "/login" in reply.headers["Location"]


def test_a_download_is_a_file_with_a_name(me, reader):
    track = make_stored_track(reader, make_story(reader, "Regen am Mittag / Köln"))

    reply = me.get(f"/audio/{track.id}/stream?download=1")

    assert reply.data == SOUND
    assert reply.headers["Content-Disposition"].startswith(
        'attachment; filename="Regen am Mittag - Koln.mp3"; filename*=UTF-8'
    )
