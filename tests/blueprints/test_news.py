"""Pages of stories."""

import re
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient

import scope
from extensions import db
from models import MediaAsset, NewsStory, User
from queries import media as media_queries
from tests import samples
from tests.factories import START, make_asset, make_story, make_user

HTMX = {"HX-Request": "true"}


def stories() -> list[NewsStory]:
    db.session.expire_all()
    return list(db.session.query(NewsStory).order_by(NewsStory.headline))


def test_the_history_shows_only_my_stories(me: FlaskClient, reader: User):
    make_story(reader, "Mine")
    make_story(make_user(), "Theirs")
    page = me.get("/news/").text
    assert "Mine" in page
    assert "Theirs" not in page


def test_htmx_gets_rows_and_a_browser_gets_the_page(me: FlaskClient, reader: User):
    make_story(reader, "Rain at noon")
    page = me.get("/news/?q=rain")
    rows = me.get("/news/?q=rain", headers=HTMX)
    boosted = me.get("/news/?q=rain", headers=HTMX | {"HX-Boosted": "true"})
    assert "<html" in page.text
    assert "<html" in boosted.text
    assert "<html" not in rows.text
    assert "<mark>Rain</mark> at noon" in rows.text
    assert "HX-Request" in rows.headers["Vary"]


def test_paging_reaches_the_oldest_story_and_ends(me: FlaskClient, reader: User):
    for number in range(45):
        make_story(reader, f"Story {number:02}")
    seen, path = [], "/news/"
    for _ in range(3):
        rows = me.get(path, headers=HTMX).text
        seen += re.findall(r">Story (\d\d)<", rows)
        older = re.search(r'href="(/news/\?before=[^"&]+)"', rows)
        path = older[1] if older else ""
    assert seen == [f"{number:02}" for number in reversed(range(45))]
    assert path == ""


def test_a_row_says_that_a_recording_stays_elsewhere(me: FlaskClient, reader: User):
    far = make_story(reader, "Far", content="")
    make_asset(reader, far, "audio")
    make_asset(reader, make_story(reader, "Pictures"), "image")
    for path in ("/news/", "/news/?q=far", "/"):
        page = me.get(path).text
        (link,) = re.findall(r'<a class="chip" href="([^"]+)" title="Kept elsewhere"[^>]*>', page)
        assert link.startswith(f"/news/{far.id}")
        assert 'aria-label="Recording kept elsewhere: Far"' in page
    assert f'id="{link.split("#")[1]}"' in me.get(link).text


def test_a_search_without_matches_says_so_and_keeps_the_words(me: FlaskClient):
    page = me.get("/news/?q=zebra%00crossing").text
    assert "zebracrossing" in page
    assert "Nothing matches" in page


def test_a_storys_head_names_who_wrote_it(me: FlaskClient, reader: User):
    by = make_story(reader, "By", metadata_={"author": "Ines <Vogt>"})
    own = make_story(
        reader, "Own", metadata_={"author": "news.test"}, source_url="https://news.test/1"
    )
    assert "<span>By <bdi>Ines &lt;Vogt&gt;</bdi></span>" in me.get(f"/news/{by.id}").text
    for nobody in (own, make_story(reader, "Bare")):
        assert "<span>By " not in me.get(f"/news/{nobody.id}").text


def test_a_story_is_written_shown_changed_and_deleted(me: FlaskClient):
    reply = me.post(
        "/news/new",
        data={
            "headline": "  The bridge\nopens ",
            "content": "It **opened**.\r\n\r\n<script>alert(1)</script>",
            "source_url": "https://a.test/bridge",
            "published_at": "2026-03-01T08:30",
        },
    )
    assert reply.status_code == 303
    (story,) = stories()
    assert story.headline == "The bridge opens"
    assert story.published_at.isoformat() == "2026-03-01T08:30:00+00:00"
    page = me.get(reply.headers["Location"]).text
    assert "<strong>opened</strong>" in page
    assert "<script>alert" not in page
    assert "a.test" in page

    here = f"/news/{story.id}"
    edit = f"{here}/edit"
    assert 'value="2026-03-01T08:30"' in me.get(edit).text
    changed = me.post(edit, data={"headline": "It opens", "content": "Now."})
    assert changed.status_code == 303
    assert [one.headline for one in stories()] == ["It opens"]

    assert "It opens" in me.get(f"{here}/delete").text
    assert me.post(f"{here}/delete").status_code == 303
    assert stories() == []
    assert me.get(here).status_code == 404


def test_a_refused_story_keeps_what_was_typed_and_says_why(me: FlaskClient):
    typed = {"headline": "", "content": "Long & dear words", "source_url": "ftp://x"}
    reply = me.post("/news/new", data=typed)
    assert reply.status_code == 422
    assert "Long &amp; dear words" in reply.text
    assert "Give the story a headline." in reply.text
    assert "Start the address with http" in reply.text
    assert stories() == []


def test_times_are_read_on_the_readers_own_clock(me: FlaskClient):
    me.set_cookie("tz", "Asia/Tokyo")
    data = {"headline": "Early", "content": "x", "published_at": "2026-03-01T08:30"}
    me.post("/news/new", data=data)
    (story,) = stories()
    assert story.published_at.isoformat() == "2026-02-28T23:30:00+00:00"
    assert 'value="2026-03-01T08:30"' in me.get(f"/news/{story.id}/edit").text


def test_the_same_address_twice_is_refused_with_a_link_to_the_first(me: FlaskClient, reader: User):
    first = make_story(reader, "The first", source_url="https://a.test/1")
    make_story(make_user(), "Not mine", source_url="https://a.test/2")
    again = {"headline": "Again", "content": "typed", "source_url": "https://a.test/1"}
    reply = me.post("/news/new", data=again)
    assert reply.status_code == 422
    assert f"/news/{first.id}" in reply.text
    assert "The first" in reply.text
    assert "typed" in reply.text
    again["source_url"] = "https://a.test/2"
    assert me.post("/news/new", data=again).status_code == 303


def test_a_storys_own_address_is_no_duplicate_of_itself(me: FlaskClient, reader: User):
    story = make_story(reader, source_url="https://a.test/1")
    data = {"headline": "H", "content": "c", "source_url": "https://a.test/1"}
    assert me.post(f"/news/{story.id}/edit", data=data).status_code == 303
    other = make_story(reader, source_url="https://a.test/2")
    assert me.post(f"/news/{other.id}/edit", data=data).status_code == 422


def test_strange_texts_survive_the_round_trip(me: FlaskClient):
    content = "👩‍👩‍👧 العربية 日本語 e\u0301 \u200b 𝒜 <b>&amp;</b> {{ 7*7 }} 'quoted' \\ %s"
    reply = me.post("/news/new", data={"headline": "\u202egnp", "content": content + "\x00"})
    assert reply.status_code == 303
    (story,) = stories()
    assert story.content == content
    page = me.get(reply.headers["Location"]).text
    assert "{{ 7*7 }}" in page
    assert "&lt;b&gt;" in page


def test_a_very_long_story_is_kept_and_one_beyond_the_limit_is_not(me: FlaskClient):
    long = "word " * 39_000
    assert me.post("/news/new", data={"headline": "A", "content": long}).status_code == 303
    assert me.get("/").status_code == 200
    assert me.get("/news/?q=word").status_code == 200
    too_long = me.post("/news/new", data={"headline": "B", "content": "w" * 200_001})
    assert too_long.status_code == 422
    assert "200,000" in too_long.text


def upload(data: bytes, name: str) -> tuple[BytesIO, str]:
    return BytesIO(data), name


def test_a_story_and_its_files_are_stored_together(me: FlaskClient, reader: User, app: Flask):
    waiting = make_asset(reader, title="Waiting")
    reply = me.post(
        "/news/new",
        data={
            "headline": "With files",
            "content": "x",
            "files": [upload(samples.photo(), "a.jpg"), upload(samples.sound("MP3"), "b.mp3")],
            "library": [str(waiting.id)],
        },
    )
    assert reply.status_code == 303
    with scope.acting(scope.READER, reader.id):
        assets = media_queries.of_story(reader.id, stories()[0].id)
    assert [asset.name for asset in assets] == ["Waiting", "a", "b"]
    page = me.get(reply.headers["Location"]).text
    for asset in assets:
        assert str(asset.id) in page
    assert me.get(f"/media/{assets[1].id}/file").data[:2] == b"\xff\xd8"


def test_one_refused_file_keeps_the_whole_story_back(me: FlaskClient, app: Flask):
    reply = me.post(
        "/news/new",
        data={
            "headline": "Typed",
            "content": "with care",
            "files": [upload(samples.photo(), "a.jpg"), upload(b"<html>", "b.png")],
        },
    )
    assert reply.status_code == 422
    assert "b.png" in reply.text
    assert "with care" in reply.text
    assert stories() == []
    assert db.session.query(MediaAsset).count() == 0


def test_deleting_a_story_leaves_its_files_or_takes_them(me: FlaskClient, reader: User):
    for extra, left in (({}, 1), ({"with_media": "y"}, 1)):
        story = make_story(reader)
        make_asset(reader, story)
        assert me.post(f"/news/{story.id}/delete", data=extra).status_code == 303
        assert db.session.query(MediaAsset).count() == left
    assert db.session.query(MediaAsset).filter_by(news_id=None).count() == 1


def test_only_files_that_are_kept_are_said_to_stay(me: FlaskClient, reader: User):
    story = make_story(reader)
    make_asset(reader, story, arrived=True, url="https://a.test/1", thumbnail_key="thumbnails/a")
    for page in (f"/news/{story.id}", f"/news/{story.id}/delete"):
        assert "with_media" not in me.get(page).text
    make_asset(reader, story, storage_key="media/b", thumbnail_key="thumbnails/b")
    for page in (f"/news/{story.id}", f"/news/{story.id}/delete"):
        assert "Also delete its file<" in me.get(page).text


def test_somebody_elses_library_cannot_be_attached(me: FlaskClient):
    theirs = make_asset(make_user())
    for pick in (str(theirs.id), "00000000-0000-0000-0000-000000000000", "nonsense"):
        reply = me.post("/news/new", data={"headline": "H", "content": "c", "library": [pick]})
        assert reply.status_code == 422
    assert stories() == []


def test_strangers_may_not_send_large_bodies(app: Flask, client: FlaskClient):
    make_user()
    reply = client.post("/login", data={"email": "a" * 600_000, "password": "x"})
    assert reply.status_code == 413


def test_a_file_can_be_taken_out_of_its_story(me: FlaskClient, reader: User):
    story, other = make_story(reader), make_story(reader)
    ids = [
        str(make_asset(reader, one, storage_key=f"k{n}").id) for n, one in enumerate([story, other])
    ]
    here = f"/news/{story.id}/edit"
    assert ids[0] in me.get(here).text
    me.post(here, data={"headline": "H", "content": "c", "take_out": ids})
    left = dict(db.session.query(MediaAsset.storage_key, MediaAsset.news_id).all())
    assert left["k0"] is None
    assert left["k1"] is not None


def test_an_edit_that_was_overtaken_is_told_before_it_replaces_anything(
    me: FlaskClient, reader: User
):
    story = make_story(reader, updated_at=START)
    here = f"/news/{story.id}/edit"
    seen = {"headline": "Mine", "content": "mine", "version": START.isoformat()}
    assert me.post(here, data=seen | {"headline": "First"}).status_code == 303
    second = me.post(here, data=seen)
    assert second.status_code == 422
    assert "changed elsewhere" in second.text
    assert 'value="Mine"' in second.text
    assert [one.headline for one in stories()] == ["First"]
    version = re.search(r'name="version"[^>]*value="([^"]+)"', second.text)[1]
    assert me.post(here, data=seen | {"version": version}).status_code == 303
    assert [one.headline for one in stories()] == ["Mine"]
