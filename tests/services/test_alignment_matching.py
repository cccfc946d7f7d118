import math

from hypothesis import given
from hypothesis import strategies as st

from services.alignment import Basis, Grade, check
from services.alignment_matching import match, text_of
from tests.services.texts import any_text


def timed(pieces: list[str], step: float = 0.1) -> list[tuple[str, float, float]]:
    return [(piece, index * step, (index + 1) * step) for index, piece in enumerate(pieces)]


def test_times_that_fit_are_kept_as_they_are():
    alignment = match("Hi you", timed(list("Hi you")), 0.6)

    assert alignment.start_times == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert alignment.basis is Basis.CHARACTER
    assert check(alignment, "Hi you", 0.6).grade is Grade.GOOD


def test_surrogate_halves_become_the_emoji_they_are():
    alignment = match("a😀b", timed(["a", "\ud83d", "\ude00", "b"]), 0.4)

    assert alignment.text == "a😀b"
    assert alignment.start_times == [0.0, 0.1, 0.3]


def test_an_entry_for_a_whole_emoji_is_spread_over_its_parts():
    alignment = match("a👍🏽", timed(["a", "👍🏽"]), 0.2)

    assert alignment.characters == ["a", "👍", "🏽"]
    assert alignment.start_times == [0.0, 0.1, 0.15]


def test_left_out_line_breaks_do_not_shift_what_follows():
    text = "One two\n\nthree four"
    alignment = match(text, timed(list("One two three four")), 1.8)

    assert alignment.text == text
    assert alignment.basis is Basis.CHARACTER
    assert alignment.start_times[text.index("three")] == 0.8


def test_words_timed_as_pronounced_leave_only_sentences_to_light():
    text = "It cost 12 and 13 and 14 and 15."
    spoken = "It cost twelve and thirteen and fourteen and fifteen."
    alignment = match(text, timed(list(spoken)), len(spoken) / 10)

    assert alignment.text == text
    assert alignment.basis is Basis.SENTENCE
    assert check(alignment, text, len(spoken) / 10).grade is Grade.COARSE


def test_no_times_at_all_are_a_fault():
    alignment = match("Some words.", [], 2.0)

    assert alignment.basis is Basis.SENTENCE
    assert "0%" in alignment.faults[0]


def test_times_past_the_sound_are_cut_and_reported():
    alignment = match("abcdefghij", timed(list("abcdefghij"), 1.0), 6.0)

    assert alignment.end == 6.0
    assert "past the end" in alignment.faults[0]


def test_time_that_runs_backwards_is_mended_and_reported():
    times = timed(list("abcd"))
    times[2] = ("c", 0.0, 0.1)

    alignment = match("abcd", times, 0.4)

    assert alignment.start_times == sorted(alignment.start_times)
    assert "backwards" in alignment.faults[0]


wild = st.floats(allow_nan=True, allow_infinity=True)


@given(any_text, st.lists(st.tuples(st.text(max_size=3), wild, wild), max_size=60))
def test_whatever_a_provider_sends_the_result_holds_together(text, timings):
    alignment = match(text, timings, 5.0)

    assert alignment.text == text
    assert alignment.start_times == sorted(alignment.start_times)
    assert all(0 <= start <= 5.0 for start in alignment.start_times)
    assert all(a <= b for a, b in zip(alignment.start_times, alignment.end_times, strict=True))
    if text:
        assert math.isclose(alignment.end, 5.0)


def test_the_text_a_provider_timed_has_no_lone_halves():
    assert text_of([("a", 0, 1), ("\ud83d", 1, 2), ("b", 2, 3)]) == "ab"
