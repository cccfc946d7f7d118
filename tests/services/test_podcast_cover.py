"""The cover that apps show."""

from PIL import Image

from services.podcasts.cover import FILE, SIDE, draw


def test_the_committed_cover_is_what_its_script_draws_and_apps_accept_it():
    with Image.open(FILE) as kept:
        assert kept.format == "PNG"
        assert kept.size == (SIDE, SIDE) == (1400, 1400)
        assert kept.convert("RGB").tobytes() == draw().tobytes()
    assert FILE.stat().st_size < 100_000
