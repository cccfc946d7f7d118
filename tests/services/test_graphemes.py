from hypothesis import given

from services.graphemes import boundaries, ceiling, floor
from tests.services.texts import any_text

WHOLE = [
    "👨‍👩‍👧",
    "🇩🇪",
    "👍🏽",
    "e\u0301",
    "\r\n",
    "❤️‍🔥",
    "1️⃣",
    "क्ष",
    "각",
    "ᄒ\u1161ᆫ",
    "\u06001",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
]


def test_what_looks_like_one_character_is_one():
    for cluster in WHOLE:
        assert boundaries(cluster) == [0, len(cluster)], ascii(cluster)


def test_neighbours_stay_apart():
    text = "🇩🇪🇫🇷ab日本"

    assert boundaries(text) == [0, 2, 4, 5, 6, 7, 8]


@given(any_text)
def test_boundaries_cover_any_text_in_order(text: str):
    places = boundaries(text)

    assert places[0] == 0
    assert places[-1] == len(text)
    assert places == sorted(set(places))


def test_a_position_is_moved_to_the_nearest_boundary_on_either_side():
    places = boundaries("a👨‍👩‍👧b")

    assert floor(places, 3) == 1
    assert ceiling(places, 3) == 6
    assert floor(places, 6) == ceiling(places, 6) == 6
