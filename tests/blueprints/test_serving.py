"""What goes over the wire when a stored object is sent."""

import pytest

from blueprints.serving import RangeMissingError, disposition, requested_part
from services.storage import connect, open_storage
from tests.factories import make_story
from tests.live import with_settings
from tests.stored import SOUND, make_stored_track

SIZE = len(SOUND)


@pytest.fixture
def track(reader):
    return make_stored_track(reader, make_story(reader, "Rain at noon"))


@pytest.fixture
def away(app):
    """Take the app's storage away for this test, which may put another in its place."""
    before = app.extensions.pop("storage", None)
    yield
    app.extensions["storage"] = before or connect(app.config["SETTINGS"])


@pytest.fixture
def get(me, track):
    """Ask for the sound with some headers."""
    return lambda method="GET", **headers: me.open(
        f"/audio/{track.id}/stream",
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_the_whole_sound_comes_with_headers_that_keep_it_harmless(get):
    reply = get()

    assert reply.status_code == 200
    assert reply.data == SOUND
    assert reply.content_length == SIZE
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert reply.headers["Content-Disposition"] == 'inline; filename="Rain at noon.mp3"'
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert "Cookie" in reply.headers["Vary"]
    assert reply.get_etag()[1] is False


def test_the_key_is_not_told(get, track):
    text = str(get().headers) + str(get(Range="bytes=0-1").headers)

    assert track.storage_key not in text
    assert track.storage_key.rsplit("/", 1)[1].partition(".")[0] not in text


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, SIZE),
        ("bytes=0-0", 0, 1),
        ("bytes=1000-1999", 1000, 2000),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=100-99999999999999999999", 100, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=-{SIZE * 2}", 0, SIZE),
        ("BYTES=5-6", 5, 7),
    ],
)
def test_a_range_is_answered_with_that_part(get, asked, start, end):
    reply = get(Range=asked)

    assert reply.status_code == 206
    assert reply.data == SOUND[start:end]
    assert reply.content_length == end - start
    assert reply.headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_behind_the_end_is_416_and_names_the_size(get, asked):
    reply = get(Range=asked)

    assert reply.status_code == 416
    assert reply.headers["Content-Range"] == f"bytes */{SIZE}"
    assert reply.data == b""


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=9-3", "bytes=", "bytes=-", "bytes=a-b", "items=0-5", "bytes=--5",
     "bytes", "", "bytes=1-2;", "bytes=\u0663-"],
)  # fmt: skip
def test_nonsense_and_several_ranges_are_answered_with_the_whole(get, asked):
    reply = get(Range=asked.encode().decode("latin-1"))

    assert reply.status_code == 200
    assert reply.data == SOUND


def test_what_the_browser_has_already_is_not_sent_again(get):
    first = get()
    again = get(If_None_Match=first.headers["ETag"])

    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-cache"
    for same in (f"W/{first.headers['ETag']}", "*", f'"other", {first.headers["ETag"]}'):
        assert get(If_None_Match=same).status_code == 304
    assert get(If_None_Match='"other"').status_code == 200


def test_a_match_wins_over_a_range_and_over_a_date(get):
    first = get()
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]

    assert get(If_None_Match=etag, Range="bytes=0-5").status_code == 304
    assert get(If_None_Match='"other"', If_Modified_Since=date).status_code == 200


def test_a_date_will_do_for_browsers_that_only_keep_that(get):
    date = get().headers["Last-Modified"]

    assert get(If_Modified_Since=date).status_code == 304
    assert get(If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status_code == 200
    assert get(If_Modified_Since="whenever").status_code == 200


def test_a_part_is_only_continued_if_nothing_has_changed(get):
    first = get()
    etag, date = first.headers["ETag"], first.headers["Last-Modified"]

    assert get(Range="bytes=5-9", If_Range=etag).status_code == 206
    assert get(Range="bytes=5-9", If_Range=date).status_code == 206
    for other in (
        '"other"',
        f"W/{etag}",
        etag.strip('"'),
        "Thu, 01 Jan 2015 00:00:00 GMT",
        "junk",
    ):
        reply = get(Range="bytes=5-9", If_Range=other)
        assert (reply.status_code, reply.data) == (200, SOUND)


def test_head_tells_everything_without_opening_the_object(get, monkeypatch):
    whole = get()
    monkeypatch.setattr(open_storage(), "open", None)
    reply = get("HEAD", Range="bytes=0-5")

    assert reply.status_code == 200
    assert reply.data == b""
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Last-Modified"):
        assert reply.headers[name] == whole.headers[name]


def test_a_file_that_is_gone_is_a_page_that_says_so(get, track, caplog):
    open_storage().delete(track.storage_key)
    reply = get()

    assert reply.status_code == 404
    assert "no longer available" in reply.text
    assert "attachment" not in reply.headers.get("Content-Disposition", "")
    assert track.storage_key not in reply.text
    assert track.storage_key in caplog.text


@pytest.mark.parametrize("cached", [True, False])
def test_a_file_that_lost_its_end_is_not_sent_as_if_whole(app, reader, me, monkeypatch, cached):
    if not cached:
        monkeypatch.setitem(app.config, "SETTINGS", with_settings(app, cache_audio_bytes=0))
    track = make_stored_track(reader, byte_size=SIZE + 1)

    assert me.get(f"/audio/{track.id}/stream").status_code == 502


def test_storage_that_is_away_is_a_page_that_says_so(get, app, away, make_settings):
    app.extensions["storage"] = connect(
        make_settings(s3_bucket="b", s3_endpoint_url="http://127.0.0.1:9", s3_region="us-east-1")
    )
    reply = get()

    assert reply.status_code == 502
    assert "not answering" in reply.text


@pytest.mark.parametrize("cached", [True, False])
def test_sounds_in_a_bucket_are_sent_alike(
    app, away, s3_service, tmp_path, reader, me, monkeypatch, cached
):
    app.extensions["storage"] = connect(s3_service.settings(tmp_path))
    track = make_stored_track(reader)
    if not cached:
        monkeypatch.setitem(app.config, "SETTINGS", with_settings(app, cache_audio_bytes=0))

    for _ in range(2):
        for asked, part in (("bytes=0-", SOUND), ("bytes=9-99", SOUND[9:100])):
            reply = me.get(f"/audio/{track.id}/stream", headers={"Range": asked})
            assert (reply.status_code, reply.data) == (206, part)
    assert me.head(f"/audio/{track.id}/stream").content_length == SIZE
    open_storage().delete(track.storage_key)
    assert me.get(f"/audio/{track.id}/stream").status_code == (200 if cached else 404)


# Names


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Rain at noon.mp3", 'filename="Rain at noon.mp3"'),
        ("été à Köln.mp3", "filename=\"ete a Koln.mp3\"; filename*=UTF-8''%C3%A9t%C3%A9%20%C3%A0"
                           "%20K%C3%B6ln.mp3"),
        ("雨.mp3", "filename=\"file.mp3\"; filename*=UTF-8''%E9%9B%A8.mp3"),
        ('Say "hi"; x=y.mp3', 'filename="Say -hi-; x=y.mp3"'),
        ("a\r\nSet-Cookie: x=1.mp3", 'filename="a Set-Cookie- x=1.mp3"'),
        ("../../etc/passwd", 'filename="passwd"'),
        ("C:\\temp\\x.mp3", 'filename="C-temp-x.mp3"'),
        ("100% true.mp3", 'filename="100- true.mp3"'),
        ("evil\u202egpj.mp3", 'filename="evilgpj.mp3"'),
        ('wide ＂; x=\uff0f＼.mp3', "filename=\"wide -; x=-.mp3\"; filename*=UTF-8''wide%20%EF%BC%82"
                                  "%3B%20x%3D%EF%BC%8F%EF%BC%BC.mp3"),
        ("half \ud800.mp3", 'filename="half.mp3"'),
        (".mp3", 'filename="file.mp3"'),
        ("   ", 'filename="file"'),
        ("", 'filename="file"'),
        ("x" * 300 + ".mp3", f'filename="{"x" * 100}.mp3"'),
    ],
)  # fmt: skip
def test_any_name_makes_a_safe_header(name, sent):
    value = disposition(name, attachment=True)

    if name != "../../etc/passwd":
        assert value == f"attachment; {sent}"
    assert value.isascii()
    assert "\n" not in value
    assert "\r" not in value
    assert "/" not in value
    assert "\\" not in value


def test_a_narration_of_a_type_that_runs_in_browsers_is_only_saved(me, reader):
    track = make_stored_track(reader, content_type="text/html")
    reply = me.get(f"/audio/{track.id}/stream")
    assert reply.content_type == "application/octet-stream"
    assert reply.headers["Content-Disposition"].startswith("attachment;")


def test_a_range_of_nothing_is_unsatisfiable():
    for asked in ("bytes=0-", "bytes=-5"):
        with pytest.raises(RangeMissingError):
            requested_part(asked, 0)
