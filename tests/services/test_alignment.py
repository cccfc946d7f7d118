import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alignment import Alignment, Basis, Grade, check, from_anchors, join
from tests.services.texts import any_text

seconds = st.floats(0, 500, allow_nan=False)


def even(text: str, duration: float, basis: Basis = Basis.WORD) -> Alignment:
    return from_anchors(text, [], duration, basis)


@given(any_text, st.lists(st.tuples(st.integers(-5, 300), seconds)), seconds)
def test_any_anchors_give_every_character_a_place_in_time(text, anchors, duration):
    alignment = from_anchors(text, anchors, duration, Basis.WORD)

    assert alignment.text == text
    assert len(alignment.start_times) == len(alignment.end_times) == len(text)
    assert alignment.start_times == sorted(alignment.start_times)
    assert all(a <= b for a, b in zip(alignment.start_times, alignment.end_times, strict=True))
    assert alignment.end_times[:-1] == alignment.start_times[1:]
    if text:
        assert math.isclose(alignment.end, duration, abs_tol=1e-6)


def test_time_passes_through_the_anchors_and_evenly_between_them():
    alignment = from_anchors("ab cd", [(0, 0.0), (3, 1.5)], 2.5, Basis.WORD)

    assert alignment.start_times == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert alignment.end == 2.5


def test_an_anchor_that_runs_backwards_is_left_out():
    alignment = from_anchors("abcd", [(2, 1.0), (1, 1.2), (3, 0.5)], 2.0, Basis.WORD)

    assert alignment.start_times == [0.0, 0.5, 1.0, 1.5]


def test_parts_are_joined_with_their_offsets_and_silence_between():
    whole = join([(even("ab", 1.0), 0.0), (even("cd", 2.0), 1.5)], 4.0)

    assert whole.text == "abcd"
    assert whole.start_times == [0.0, 0.5, 1.5, 2.5]
    assert whole.end_times == [0.5, 1.5, 2.5, 4.0]


def test_the_coarsest_basis_and_all_faults_survive_a_join():
    bad = dataclasses.replace(even("b", 1.0, Basis.SENTENCE), faults=("Odd.",))

    whole = join([(even("a", 1.0, Basis.CHARACTER), 0.0), (bad, 1.0)], 2.0)

    assert whole.basis is Basis.SENTENCE
    assert whole.faults == ("Odd.",)


@given(st.lists(st.tuples(any_text, st.floats(0.01, 50)), max_size=8))
def test_joined_parts_stay_in_order_and_end_with_the_sound(parts):
    made, clock = [], 0.0
    for text, duration in parts:
        made.append((even(text, duration), clock))
        clock += duration + 0.1
    whole = join(made, clock)

    assert whole.text == "".join(text for text, _ in parts)
    assert whole.start_times == sorted(whole.start_times)
    assert all(a <= b for a, b in zip(whole.start_times, whole.end_times, strict=True))
    if whole.text:
        assert math.isclose(whole.end, clock, abs_tol=1e-6)


def test_a_sound_alignment_is_good():
    assert check(even("Some words", 3.0), "Some words", 3.0).grade is Grade.GOOD


def test_sentence_times_are_coarse_and_say_why():
    verdict = check(even("Some words", 3.0, Basis.SENTENCE), "Some words", 3.0)

    assert verdict.grade is Grade.COARSE
    assert "sentence" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("drift", "grade"), [(0.1, Grade.GOOD), (0.6, Grade.COARSE), (9.0, Grade.UNUSABLE)]
)
def test_drift_against_the_sound_lowers_the_grade(drift, grade):
    assert check(even("Some words " * 9, 60.0), "Some words " * 9, 60.0 + drift).grade is grade


@pytest.mark.parametrize(
    "spoil",
    [
        {"characters": ["x"]},
        {"start_times": [0.0]},
        {"end_times": []},
        {"characters": ["o", "x"]},
        {"start_times": [0.5, 0.2]},
        {"start_times": [math.nan, 0.2]},
        {"start_times": [-1.0, 0.2]},
        {"end_times": [0.4, 0.1]},
    ],
)
def test_broken_times_are_unusable(spoil):
    alignment = dataclasses.replace(even("ok", 1.0), **spoil)

    verdict = check(alignment, "ok", 1.0)

    assert verdict.grade is Grade.UNUSABLE
    assert verdict.reasons


def test_a_passage_where_all_share_one_moment_is_noticed():
    text = "word " * 200
    half = len(text) // 2
    stuck = [(index, 30.0) for index in range(half, len(text))]
    alignment = from_anchors(text, [*stuck, (len(text) - 1, 60.0)], 60.0, Basis.CHARACTER)

    assert check(alignment, text, 60.0).grade is Grade.COARSE
    all_stuck = from_anchors(text, [(i, 0.0) for i in range(len(text))], 60.0, Basis.CHARACTER)
    assert check(all_stuck, text, 60.0).grade is Grade.UNUSABLE


def test_an_impossible_pace_is_noticed():
    text = "abcde " * 100
    alignment = from_anchors(text, [(300, 59.8)], 60.0, Basis.CHARACTER)

    assert check(alignment, text, 60.0).grade is Grade.COARSE
