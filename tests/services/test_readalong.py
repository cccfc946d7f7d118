"""The compact list of words that the page lights up."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alignment import Basis, Grade, Verdict, from_anchors
from services.readalong import Mode, finest, judge, language_of, word_list
from tests.services.texts import any_text, prose

GOOD = Verdict(Grade.GOOD)
aligned = st.builds(
    lambda text, anchors, duration: from_anchors(text, anchors, duration, Basis.WORD),
    st.one_of(any_text, prose).filter(bool),
    st.lists(st.tuples(st.integers(0, 400), st.floats(0, 60))),
    st.floats(0.5, 60),
)


@given(aligned)
def test_every_letter_stands_in_a_word_and_every_word_in_a_sentence(alignment):
    told = word_list(alignment.text, alignment, GOOD, "en")

    assert json.loads(json.dumps(told)) == told
    inside = {place for first, last, _, _ in told["words"] for place in range(first, last)}
    letters = {place for place, sign in enumerate(told["text"]) if sign.isalpha()}
    assert letters <= inside
    for spans in (told["words"], told["sentences"]):
        assert all(a[1] <= b[0] and a[2] <= b[2] for a, b in pairwise(spans))
        assert all(first < last and 0 <= start <= end for first, last, start, end in spans)
    starts = [first for first, _, _, _ in told["sentences"]]
    for first, last, _, _ in told["words"]:
        sentence = told["sentences"][max(i for i, start in enumerate(starts) if start <= first)]
        assert last <= sentence[1]


@pytest.mark.parametrize(
    ("basis", "grade", "mode"),
    [
        (Basis.CHARACTER, Grade.GOOD, Mode.WORD),
        (Basis.WORD, Grade.GOOD, Mode.WORD),
        (Basis.SENTENCE, Grade.GOOD, Mode.SENTENCE),
        (Basis.WORD, Grade.COARSE, Mode.SENTENCE),
        (Basis.WORD, Grade.UNUSABLE, Mode.NOTHING),
    ],
)
def test_no_word_lights_up_by_a_time_that_is_guessed(basis, grade, mode):
    alignment = from_anchors("It rained. All day.", [], 4.0, basis)
    told = word_list(alignment.text, alignment, Verdict(grade), "")

    assert finest(alignment, grade) is mode
    assert bool(told["words"]) is (mode is Mode.WORD)
    assert bool(told["sentences"]) is (mode is not Mode.NOTHING)


def test_without_times_there_is_only_the_text():
    told = word_list("It rained.", None, Verdict(Grade.UNUSABLE), "")

    assert (told["mode"], told["text"], told["sentences"]) == ("none", "It rained.", [])


def test_a_grade_that_was_given_stands_and_a_missing_one_is_made_up_for():
    alignment = from_anchors("It rained.", [], 4.0, Basis.WORD)

    assert judge(alignment, "It rained.", 4.0, "coarse", ["So."]) == Verdict(Grade.COARSE, ("So.",))
    assert judge(alignment, "It rained.", 4.0, "", []).grade is Grade.GOOD
    assert judge(alignment, "It rained.", 90.0, "", []).grade is Grade.UNUSABLE


@pytest.mark.parametrize(
    ("voice", "language", "text", "tag"),
    [
        ("espeak:de+f1", "", "Hm.", "de"),
        ("espeak:en-us", "", "Hm.", "en-US"),
        ("elevenlabs:x", "fr", "Hm.", "fr"),
        ("elevenlabs:x", "", "Der Regen fiel und die Stadt war nicht auf ihn gefasst.", "de"),
        ("elevenlabs:x", "", "Hm.", ""),
    ],
)
def test_the_language_is_the_voices_or_the_texts(voice, language, text, tag):
    assert language_of(voice, language, text) == tag
