"""The library, the page of one file, its bytes, and deleting it."""

import re
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image

from extensions import db
from models import MediaAsset
from queries import media as media_queries
from services import media, uploads
from services.storage import open_storage
from tests import samples
from tests.conftest import signed_in
from tests.factories import make_asset, make_story, make_user

HTMX = {"HX-Request": "true"}
LIMITS = uploads.Limits(10_000_000, 10_000_000, 10_000_000)


def keep(owner, data, name, story=None):
    """Store a file as an upload does and return its id."""
    with media.batch(open_storage()) as batch:
        prepared = uploads.examine(BytesIO(data), name, LIMITS)
        media_id = batch.store(owner.id, prepared, story.id if story else None)
        db.session.commit()
    return media_id


@pytest.fixture
def picture(reader):
    return keep(reader, samples.image("PNG", (900, 600)), "Loaf & butter.png")


def test_an_empty_library_says_how_files_get_here(me):
    page = me.get("/media/").text

    assert "Your library is empty" in page
    assert "JPEG, PNG, WebP, GIF, AVIF up to 20 MB" in page
    assert "Nothing is stored yet" in page


def test_the_grid_shows_pictures_with_alt_text_and_size_and_sounds_with_a_waveform(
    me, reader, picture
):
    media.edit(reader.id, picture, "Loaf", 'A "loaf" <of> bread')
    tone = keep(reader, samples.sound("FLAC", title="Dawn"), "x.flac", make_story(reader, "Birds"))

    page = me.get("/media/").text

    assert f'src="/media/{picture}/thumbnail" alt="A &#34;loaf&#34; &lt;of&gt; bread"' in page
    assert 'width="900" height="600"' in page
    assert "900 × 600</span>, unused" in page
    assert f'data-play="/media/{tone}/file"' in page
    assert "in “Birds”" in page
    assert "1 picture and 1 sound" in page


def test_filters_stand_in_the_address(me, reader):
    story = make_story(reader)
    make_asset(reader, story, title="Used picture")
    make_asset(reader, title="Free picture")
    make_asset(reader, type="audio", title="Free sound")

    def shown(address):
        return set(re.findall(r"asset__link cut\" href=\"[^\"]+\">([^<]+)<", me.get(address).text))

    assert shown("/media/?type=image") == {"Used picture", "Free picture"}
    assert shown("/media/?type=audio") == {"Free sound"}
    assert shown("/media/?unused=1") == {"Free picture", "Free sound"}
    assert shown("/media/?type=image&unused=1") == {"Free picture"}
    assert len(shown("/media/?type=nonsense&before=nonsense")) == 3


def test_filters_that_leave_nothing_say_so(me, reader):
    make_asset(reader, make_story(reader))

    assert "No sounds yet" in me.get("/media/?type=audio").text
    assert "Nothing unused" in me.get("/media/?unused=1").text


def test_htmx_gets_more_of_the_grid_and_a_browser_the_page(me, reader):
    for index in range(43):
        make_asset(reader, title=f"Picture {index}")

    page = me.get("/media/?type=image")
    more = re.search(r'hx-get="([^"]+)"', page.text.split('class="more"')[1]).group(1)
    rows = me.get(more.replace("&amp;", "&"), headers=HTMX)

    assert "type=image" in more
    assert rows.text.lstrip().startswith("<article")
    assert rows.text.count("<article") == 3
    assert "<html" not in rows.text
    assert "HX-Request" in rows.headers["Vary"]


def test_the_page_of_a_picture_tells_all_about_it(me, reader):
    story = make_story(reader, "Bread day")
    media_id = keep(reader, samples.photo((900, 600)), "loaf.jpg", story)
    media.edit(reader.id, media_id, "Loaf", "A loaf of bread")

    page = me.get(f"/media/{media_id}").text

    assert "<h1" in page
    for part in (
        "Loaf",
        'alt="A loaf of bread"',
        'width="900" height="600"',
        "900 × 600 pixels",
        "JPEG picture",
        "loaf.jpg",
        f'href="/news/{story.id}">Bread day',
        f"/media/{media_id}/file?download=1",
    ):
        assert part in page


def test_the_page_of_a_sound_offers_to_play_it_with_and_without_scripts(me, reader):
    media_id = keep(reader, samples.sound("MP3", seconds=75, title="Dawn"), "dawn.mp3")

    page = me.get(f"/media/{media_id}").text

    assert f'data-play="/media/{media_id}/file"' in page
    assert (
        f'<audio class="plain-audio" controls preload="none" src="/media/{media_id}/file">' in page
    )
    assert "1:15" in page
    assert "In no story yet" in page


def test_something_kept_elsewhere_is_linked_and_not_embedded(me, reader):
    asset = make_asset(reader, url="https://pictures.example/loaf.jpg", title="Loaf")

    page = me.get(f"/media/{asset.id}").text

    assert "https://pictures.example/loaf.jpg" in page
    assert 'src="https://' not in page
    assert me.get(f"/media/{asset.id}/file").status_code == 404
    assert me.get("/media/").status_code == 200


def test_title_and_alt_text_are_edited(me, reader, picture):
    reply = me.post(
        f"/media/{picture}", data={"title": "  A\tloaf ", "alt_text": "Bread\r\non a table"}
    )

    assert (reply.status_code, reply.headers["Location"]) == (303, f"/media/{picture}")
    found = media_queries.find_asset(reader.id, picture)
    assert (found.title, found.alt_text) == ("A loaf", "Bread\non a table")


def test_a_title_that_is_too_long_keeps_what_was_typed(me, reader, picture):
    reply = me.post(f"/media/{picture}", data={"title": "x" * 201, "alt_text": "Bread"})

    assert reply.status_code == 422
    assert "Keep the title within 200 characters." in reply.text
    assert "x" * 201 in reply.text
    assert ">Bread<" in reply.text.replace("\n", "").replace("\r", "")


def test_a_row_among_fresh_uploads_is_saved_in_its_place(me, reader, picture):
    row = me.post(f"/media/{picture}", data={"title": "Bread", "alt_text": ""}, headers=HTMX)
    bad = me.post(f"/media/{picture}", data={"title": "x" * 201}, headers=HTMX)

    assert row.status_code == 200
    assert row.text.lstrip().startswith("<li")
    assert "Saved" in row.text
    assert bad.status_code == 422
    assert "Keep the title within" in bad.text


def test_a_picture_is_served_to_be_shown_and_never_guessed_at(me, picture):
    reply = me.get(f"/media/{picture}/file")
    small = me.get(f"/media/{picture}/thumbnail")

    assert Image.open(BytesIO(reply.data)).size == (900, 600)
    assert reply.content_type == "image/png"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Disposition"].startswith('inline; filename="Loaf & butter.png"')
    assert (small.content_type, Image.open(BytesIO(small.data)).size) == ("image/webp", (640, 427))


def test_a_download_is_asked_for_expressly(me, picture):
    reply = me.get(f"/media/{picture}/file?download=1")

    assert reply.headers["Content-Disposition"].startswith("attachment")


def test_a_sound_is_served_in_parts_and_confirmed(me, reader):
    data = samples.sound("WAV", seconds=2)
    media_id = keep(reader, data, "tone.wav")

    part = me.get(f"/media/{media_id}/file", headers={"Range": "bytes=100-199"})
    again = me.get(f"/media/{media_id}/file", headers={"If-None-Match": part.headers["ETag"]})
    beyond = me.get(f"/media/{media_id}/file", headers={"Range": "bytes=99999999-"})
    head = me.head(f"/media/{media_id}/file")

    assert (part.status_code, part.data) == (206, data[100:200])
    assert (part.content_type, again.status_code, beyond.status_code) == ("audio/wav", 304, 416)
    assert head.content_length == len(data)


def test_a_type_that_we_never_store_is_only_offered_for_download(me, reader, picture):
    db.session.get(MediaAsset, picture).content_type = "text/html"
    db.session.commit()

    reply = me.get(f"/media/{picture}/file")

    assert reply.content_type == "application/octet-stream"
    assert reply.headers["Content-Disposition"].startswith("attachment")


def test_a_sound_has_no_thumbnail(me, reader):
    media_id = keep(reader, samples.sound(), "tone.wav")

    assert me.get(f"/media/{media_id}/thumbnail").status_code == 404


def test_an_unused_file_is_deleted_with_its_objects(me, reader, picture):
    asset = db.session.get(MediaAsset, picture)
    keys = [asset.storage_key, asset.thumbnail_key]
    assert "gone for good" in me.get(f"/media/{picture}/delete").text

    reply = me.post(f"/media/{picture}/delete")

    assert (reply.status_code, reply.headers["Location"]) == (303, "/media/")
    assert "Loaf &amp; butter is deleted." in me.get("/media/").text
    assert me.get(f"/media/{picture}").status_code == 404
    assert not any(open_storage().exists(key) for key in keys)


def test_a_used_file_is_deleted_only_when_that_is_ticked(me, reader):
    story = make_story(reader, "Bread day")
    media_id = keep(reader, samples.image(), "loaf.png", story)
    assert "even_if_used" in me.get(f"/media/{media_id}/delete").text

    refused = me.post(f"/media/{media_id}/delete")
    assert refused.status_code == 422
    assert "loaf belongs to the story “Bread day”." in refused.text
    assert me.get(f"/media/{media_id}/file").status_code == 200

    assert me.post(f"/media/{media_id}/delete", data={"even_if_used": "y"}).status_code == 303
    assert me.get(f"/media/{media_id}/file").status_code == 404
    assert me.get(f"/news/{story.id}").status_code == 200


def _without_token(text):
    return re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", text)


PATHS = ("", "/file", "/file?download=1", "/thumbnail", "/delete")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_strangers_file_does_not_exist_by_any_way(app, me, reader, path, method):
    owner = make_user()
    media_id = keep(owner, samples.photo(), "secret harbour.jpg", make_story(owner, "Secret"))

    reply = me.open(f"/media/{media_id}{path}", method=method, data={"title": "Mine"})
    nothing = me.open(f"/media/{uuid4()}{path}", method=method, data={"title": "Mine"})

    allowed = method != "POST" or path in ("", "/delete")
    assert reply.status_code == nothing.status_code == (404 if allowed else 405)
    assert b"ecret" not in reply.data
    assert _without_token(reply.text) == _without_token(nothing.text)
    assert signed_in(app, owner).get(f"/media/{media_id}/file").status_code == 200


@pytest.mark.parametrize("path", ["/", "/upload", *(f"/{UUID(int=7)}{path}" for path in PATHS)])
def test_nobody_signed_in_sees_nothing(client, path):
    reply = client.get(f"/media{path}")

    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("/login?next=/media")
