"""What happens to a picture before it is stored."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from services import images
from services.refusals import UploadRefused
from tests import samples

MAX_PIXELS = 1_000_000


def prepare(data: bytes, content_type: str = "image/png", max_pixels: int = MAX_PIXELS):
    return images.prepare(BytesIO(data), "sample", content_type, max_pixels)


def reopened(picture: images.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.body.read()))


@pytest.mark.parametrize("content_type", images.FORMATS)
def test_a_picture_keeps_its_format_and_gets_a_thumbnail(content_type):
    image_format = images.FORMATS[content_type]
    picture = prepare(samples.image(image_format, (1200, 800)), content_type)

    stored = reopened(picture)
    thumbnail = Image.open(BytesIO(picture.thumbnail))
    assert (stored.format, stored.size) == (image_format, (1200, 800))
    assert (picture.width, picture.height, picture.frames) == (1200, 800, 1)
    assert (thumbnail.format, thumbnail.size) == ("WEBP", (640, 427))


def test_a_thumbnail_is_never_larger_than_its_picture():
    picture = prepare(samples.image("PNG", (1, 1)))

    assert (picture.width, picture.height) == (1, 1)
    assert Image.open(BytesIO(picture.thumbnail)).size == (1, 1)


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "image/webp", "image/avif"])
def test_where_and_with_what_it_was_taken_is_gone(content_type):
    source = Image.open(BytesIO(samples.photo()))
    exif = source.getexif()
    data = samples.encoded(
        source, images.FORMATS[content_type], exif=exif.tobytes(), xmp=b"<x>Telltale</x>"
    )
    assert b"Telltale" in data

    stored = prepare(data, content_type).body.read()

    again = Image.open(BytesIO(stored))
    assert b"Telltale" not in stored
    assert not again.getexif()
    assert "xmp" not in again.info
    assert not again.info.get("comment")


def test_a_comment_in_a_jpeg_or_gif_is_gone():
    for data, content_type in (
        (samples.photo(), "image/jpeg"),
        (samples.image("GIF", comment=b"taken at home"), "image/gif"),
        (samples.moving("GIF", comment=b"taken at home"), "image/gif"),
    ):
        assert b"taken at home" in data
        assert b"taken at home" not in prepare(data, content_type).body.read()


def test_a_photo_taken_on_its_side_stands_upright():
    picture = prepare(samples.photo((64, 48), orientation=6), "image/jpeg")

    assert (picture.width, picture.height) == (48, 64)
    assert reopened(picture).size == (48, 64)


def test_a_script_behind_the_picture_is_gone():
    for image_format, content_type in (("JPEG", "image/jpeg"), ("PNG", "image/png")):
        picture = prepare(samples.image(image_format) + samples.SCRIPT, content_type)

        assert b"script" not in picture.body.read()


def test_printers_colours_become_screen_colours():
    picture = prepare(samples.image("JPEG", mode="CMYK"), "image/jpeg")

    assert reopened(picture).mode == "RGB"


def test_colours_come_out_as_the_profile_means_them():
    red = Image.new("RGB", (8, 8), (255, 0, 0))
    data = samples.encoded(red, "PNG", icc_profile=samples.swapped_profile())

    stored = reopened(prepare(data))

    # The profile says that the first channel is green.
    assert stored.convert("RGB").getpixel((4, 4)) == pytest.approx((0, 255, 0), abs=3)
    assert "icc_profile" not in stored.info


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "L"])
def test_a_profile_that_makes_no_sense_is_left_out(mode):
    for profile in (samples.swapped_profile()[:200], b"nonsense"):
        stored = reopened(
            prepare(samples.image("JPEG", mode=mode, icc_profile=profile), "image/jpeg")
        )

        assert "icc_profile" not in stored.info


def test_sixteen_bit_grey_keeps_its_shades():
    stored = reopened(prepare(samples.grey_16_bit()))

    assert stored.mode == "L"
    assert [stored.getpixel((x, 0)) for x in (0, 32, 63)] == [0, 129, 255]


def test_a_transparent_palette_stays_transparent():
    picture = prepare(samples.see_through_palette())

    for stored in (reopened(picture), Image.open(BytesIO(picture.thumbnail))):
        assert stored.convert("RGBA").getpixel((2, 2))[3] == 0
        assert stored.convert("RGBA").getpixel((17, 2))[3] == 255


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "AVIF"])
def test_a_picture_that_moves_goes_on_moving(image_format):
    content_type = next(name for name, kind in images.FORMATS.items() if kind == image_format)
    picture = prepare(samples.moving(image_format, frames=5, duration=130), content_type)

    stored = reopened(picture)
    durations = []
    for index in range(stored.n_frames):
        stored.seek(index)
        stored.load()
        durations.append(stored.info["duration"])
    assert picture.frames == 5
    assert durations == [130] * 5
    assert Image.open(BytesIO(picture.thumbnail)).format == "WEBP"


def test_a_gif_that_loops_for_ever_still_does():
    stored = reopened(prepare(samples.moving("GIF", loop=0), "image/gif"))

    assert stored.info["loop"] == 0


def test_a_webp_without_loss_stays_without_loss():
    source = Image.effect_noise((50, 50), 80).convert("RGB")
    data = samples.encoded(source, "WEBP", lossless=True)

    assert reopened(prepare(data, "image/webp")).tobytes() == source.tobytes()


@pytest.mark.parametrize(
    ("width", "height"), [(40_000, 40_000), (1_500, 1_000), (1_001, 1_000), (19_000, 19_000)]
)
def test_too_many_pixels_are_refused_before_one_is_decoded(width, height):
    with pytest.raises(UploadRefused, match=r"too many pixels. A picture may have up to 1 million"):
        prepare(samples.png_claiming(width, height))


def test_a_picture_that_is_all_length_is_refused():
    with pytest.raises(UploadRefused, match=r"is 20,001 × 2 pixels. A picture may be up to 20,000"):
        prepare(samples.png_claiming(20_001, 2))


def test_a_very_large_webp_or_avif_is_kept_in_a_format_that_can_take_it(monkeypatch):
    monkeypatch.setattr(images, "LARGE", 1_000)
    clear = samples.encoded(Image.new("RGBA", (64, 48), (9, 9, 9, 80)), "WEBP")
    for data, expected in ((samples.image("WEBP"), "JPEG"), (clear, "PNG")):
        picture = prepare(data, "image/webp")

        assert reopened(picture).format == expected
        assert picture.content_type == f"image/{expected.lower()}"


def test_too_much_movement_is_refused():
    data = samples.moving("GIF", frames=8, size=(64, 64))

    with pytest.raises(UploadRefused, match=r"moves through 8 frames of 64 × 64 pixels"):
        prepare(data, "image/gif", max_pixels=8_000)


@pytest.mark.parametrize("content_type", images.FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_cut_short_is_refused(content_type, share):
    noise = Image.effect_noise((300, 200), 90).convert("RGB")
    data = samples.encoded(noise, images.FORMATS[content_type])

    with pytest.raises(UploadRefused, match=r"is damaged|is not a picture"):
        prepare(data[: int(len(data) * share)], content_type)


@pytest.mark.parametrize("missing", [1, 4, 12, 20])
def test_a_png_is_refused_whose_pixels_are_there_but_not_its_end(missing):
    data = samples.encoded(Image.new("L", (7000, 7000), 9), "PNG")

    with pytest.raises(UploadRefused, match="its end is missing, so it was not copied whole"):
        prepare(data[:-missing], max_pixels=50_000_000)


def drawing(mode: str) -> Image.Image:
    """Return what a drawing program would make: lines and areas in a few colours."""
    picture = Image.new("RGB", (900, 700), (250, 248, 240))
    pen = ImageDraw.Draw(picture)
    for step in range(0, 900, 30):
        pen.line((step, 0, 900 - step, 700), fill=(20, step % 255, 90), width=3)
        pen.ellipse((step, step // 2, step + 60, step // 2 + 40), fill=(200, 80, step % 200))
    return picture.quantize(16) if mode == "P" else picture.convert(mode)


@pytest.mark.parametrize("mode", ["P", "L", "RGB", "RGBA"])
def test_a_png_that_was_made_small_stays_small(mode):
    data = samples.encoded(drawing(mode), "PNG", optimize=True)

    picture = prepare(data)

    assert len(picture.body.read()) <= len(data) * 1.02
    assert picture.content_type == "image/png"


def test_a_moving_picture_cut_short_is_refused():
    for image_format, content_type in (("GIF", "image/gif"), ("WEBP", "image/webp")):
        data = samples.moving(image_format, frames=6, size=(200, 100))

        with pytest.raises(UploadRefused):
            prepare(data[: len(data) * 2 // 3], content_type)


def test_the_first_bytes_of_a_gif_make_no_picture():
    with pytest.raises(UploadRefused, match=r"^sample is (damaged|not a picture)"):
        prepare(b"GIF89a/*" + samples.SCRIPT + b"*/=1", "image/gif")


def test_a_kind_that_was_not_announced_is_not_opened():
    with pytest.raises(UploadRefused, match=r"is not a picture"):
        prepare(samples.image("PNG"), "image/jpeg")
