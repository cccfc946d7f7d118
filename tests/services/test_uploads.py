"""The gate: content decides, names don't, and every refusal says which file and why."""

import hashlib
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from models import MediaType
from services import sizes, uploads
from services.refusals import UploadRefused
from services.uploads import Limits, Prepared
from tests import samples
from tests.samples_mp4 import m4a

LIMITS = Limits(image_bytes=300_000, audio_bytes=600_000, pixels=1_000_000)

KEPT = {
    "photo.jpg": ("image/jpeg", samples.photo()),
    "drawing.png": ("image/png", samples.image("PNG")),
    "web.webp": ("image/webp", samples.image("WEBP")),
    "wave.gif": ("image/gif", samples.moving("GIF")),
    "new.avif": ("image/avif", samples.image("AVIF")),
    "moving.avif": ("image/avif", samples.moving("AVIF")),
    "song.mp3": ("audio/mpeg", samples.sound("MP3")),
    "titled.mp3": ("audio/mpeg", samples.sound("MP3", title="Dawn")),
    "memo.m4a": ("audio/mp4", m4a()),
    "other.m4a": ("audio/mp4", m4a(brand=b"mp42")),
    "book.m4a": ("audio/mp4", m4a(brand=b"M4B ")),
    "talk.ogg": ("audio/ogg", samples.sound("OGG", "VORBIS")),
    "talk.opus": ("audio/ogg", samples.sound("OGG", "OPUS")),
    "pure.flac": ("audio/flac", samples.sound("FLAC")),
    "raw.wav": ("audio/wav", samples.sound("WAV")),
}


def examine(data: bytes, name: str, limits: Limits = LIMITS) -> Prepared:
    return uploads.examine(BytesIO(data), name, limits)


def zipped() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", samples.photo())
    return out.getvalue()


@pytest.mark.parametrize("name", KEPT)
def test_what_we_promise_to_take_is_taken(name):
    content_type, data = KEPT[name]

    prepared = examine(data, name)

    assert (prepared.content_type, prepared.name) == (content_type, name)
    assert prepared.kind == (MediaType.IMAGE if content_type[0] == "i" else MediaType.AUDIO)
    assert prepared.sha256 == hashlib.sha256(data).hexdigest()
    body = prepared.body.read()
    assert len(body) == prepared.byte_size
    if prepared.kind is MediaType.AUDIO:
        assert body == data
        assert prepared.thumbnail is None
        assert prepared.metadata["duration"] > 0.9
    else:
        assert prepared.thumbnail
        assert prepared.metadata["width"] == Image.open(BytesIO(body)).width
    assert prepared.metadata["original_name"] == name


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "loaf.svg",
            b"<?xml version='1.0'?><svg xmlns='x'/>",
            "loaf.svg is an SVG drawing. Pictures can be JPEG, PNG, WebP, GIF or AVIF.",
        ),
        ("loaf.png", b"<svg xmlns='x'/>", "loaf.png is an SVG drawing."),
        ("page.png", b"<!DOCTYPE html><html><svg></svg></html>", "page.png is a web page."),
        ("page.jpg", b"\n <html><script>1</script></html>", "page.jpg is a web page."),
        ("notes.txt", "Zürich, 3 °C\n".encode() * 900, "notes.txt is text."),
        ("empty.png", b"", "empty.png is empty."),
        ("paper.pdf", b"%PDF-1.7\n" + bytes(300), "paper.pdf is a PDF document."),
        ("tool.exe", b"MZ" + bytes(300), "tool.exe is a program."),
        ("tool.jpg", b"\x7fELF" + bytes(300), "tool.jpg is a program."),
        ("all.zip", zipped(), "all.zip is a ZIP archive. Unpack it"),
        (
            "film.webm",
            b"\x1aE\xdf\xa3" + bytes(30) + b"B\x82\x84webm" + bytes(300),
            "film.webm is a video.",
        ),
        ("film.m4a", m4a(handler=b"vide"), "film.m4a is a video."),
        (
            "IMG_1.heic",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
            "IMG_1.heic is a HEIC photo",
        ),
        (
            "IMG_2.heic",
            b"\0\0\0\x18ftypheix\0\0\0\0mif1heix" + bytes(99),
            "IMG_2.heic is a HEIC photo",
        ),
        ("scan.tif", b"II*\0" + bytes(300), "scan.tif is a kind of picture that can't be kept."),
        ("old.mid", b"MThd" + bytes(300), "old.mid is a kind of sound that can't be kept."),
        ("noise.mp3", bytes(range(256)) * 9, "noise.mp3 is neither a picture nor a sound"),
        ("zeros.wav", bytes(5000), "zeros.wav is neither a picture nor a sound"),
    ],
)
def test_everything_else_is_refused_by_name_and_kind(name, data, words):
    with pytest.raises(UploadRefused) as refusal:
        examine(data, name)

    assert str(refusal.value).startswith(words)
    assert refusal.value.status == 422


def test_a_png_named_mp3_is_a_picture_and_gets_its_true_name():
    prepared = examine(samples.image("PNG"), "Holiday in Åre.mp3")

    assert prepared.kind is MediaType.IMAGE
    assert prepared.name == "Holiday in Åre.png"
    assert prepared.title == "Holiday in Åre"


def test_a_script_that_starts_like_a_gif_is_refused():
    with pytest.raises(UploadRefused, match=r"^tricky.gif is"):
        examine(b"GIF89a/*" + samples.SCRIPT + b"*/=1;", "tricky.gif")


def test_a_picture_that_is_also_something_else_becomes_only_a_picture():
    for tail in (zipped(), samples.SCRIPT, b"%PDF-1.7 " + bytes(99)):
        stored = examine(samples.photo() + tail, "both.jpg").body.read()

        assert tail not in stored
        assert b"PK\x03\x04" not in stored


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("png", "big.png is 0.3 MB. A picture may be up to 0.2 MB."),
        ("wav", "big.wav is 0.6 MB. A sound may be up to 0.5 MB."),
    ],
)
def test_a_file_over_its_limit_is_refused_before_it_is_opened(kind, words):
    start = samples.png_claiming(10, 10) if kind == "png" else samples.sound("WAV", seconds=0.1)
    limits = Limits(image_bytes=200_000, audio_bytes=500_000, pixels=1)

    with pytest.raises(UploadRefused) as refusal:
        examine(start + bytes(230_000 if kind == "png" else 590_000), f"big.{kind}", limits)

    assert str(refusal.value) == words


def test_a_byte_over_the_limit_does_not_read_like_the_limit():
    assert sizes.megabytes(20 * 1024 * 1024) == "20 MB"
    assert sizes.megabytes(20 * 1024 * 1024 + 1) == "20.1 MB"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("C:\\Users\\me\\Pictures\\loaf.png", "loaf.png"),
        ("../../etc/passwd", "passwd.png"),
        ("harbour\r\nSet-Cookie: a=b.png", "harbour Set-Cookie: a=b.png"),
        ('"quoted" & <b>.png', '"quoted" & <b>.png'),
        ("gnp\u202e.exe", "gnp.png"),
        ("Grüße 👩\u200d🚀.PNG", "Grüße 👩\u200d🚀.PNG"),
        ("no extension", "no extension.png"),
        ("v1.2 final", "v1.2 final.png"),
        ("photo.jpeg", "photo.png"),
        (".png", ".png.png"),
        ("", "Unnamed file.png"),
        ("   ", "Unnamed file.png"),
    ],
)
def test_names_are_shown_without_folders_and_tricks(sent, shown):
    assert examine(samples.image("PNG"), sent).name == shown


def test_a_very_long_name_is_shortened_and_keeps_its_extension():
    name = examine(samples.image("PNG"), "n" * 500 + ".png").name

    assert len(name) <= uploads.LONGEST_NAME
    assert name.endswith("….png")


def test_a_sound_is_called_what_its_tags_say():
    assert (
        examine(samples.sound("FLAC", title="Harbour\n  at dawn\0"), "a.flac").title
        == "Harbour at dawn"
    )
    assert examine(samples.sound("FLAC", title="x" * 900), "a.flac").title == "x" * 200
    assert examine(samples.sound("FLAC"), "Field recording.flac").title == "Field recording"


def test_the_limits_are_said_beforehand():
    limits = Limits(20 * 1024 * 1024, 200 * 1024 * 1024, 1)

    assert "PNG, WebP, GIF, AVIF up to 20 MB" in limits.words()
    assert "FLAC, WAV up to 200 MB" in limits.words()


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_makes_the_gate_fall_over(data):
    """Whatever is done to a file, it is taken or refused in words that name it."""
    name = data.draw(st.sampled_from(sorted(KEPT)))
    content = bytearray(KEPT[name][1])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + 1] = data.draw(st.binary(max_size=8))
    try:
        examine(bytes(content), name).close()
    except UploadRefused as refusal:
        assert str(refusal).startswith(name)
