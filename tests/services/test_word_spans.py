import pytest
from hypothesis import given

from services import graphemes
from services.alignment import Basis, from_anchors
from services.word_spans import sentences, word_spans, words
from tests.services.texts import any_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop—ever; 3.14!", ["Don't", "stop", "ever", "3.14"]),
        ("$5.00 & a.b@c.com", ["5.00", "a.b@c.com"]),
        ("“quoted” e-mail…", ["quoted", "e-mail"]),
        ("Hi 👨‍👩‍👧🎉 1️⃣", ["Hi", "👨‍👩‍👧", "🎉", "1️⃣"]),
        ("中国2026年", ["中", "国", "2026", "年"]),
        ("カタカナテスト", ["カタカナ", "テスト"]),
        ("ภาษาไทย", ["ภาษา", "ไทย"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("한국어 말", ["한국어", "말"]),
        ("?! — …", []),
    ],
)
def test_words_are_what_a_reader_sees_as_words(text, expected):
    assert [text[start:end] for start, end in word_spans(text)] == expected


@given(any_text)
def test_words_are_in_order_and_never_cut_a_visible_character(text):
    places = set(graphemes.boundaries(text))
    last = 0
    for start, end in word_spans(text):
        assert last <= start < end
        assert {start, end} <= places
        last = end


@given(any_text)
def test_times_of_words_and_sentences_never_run_backwards(text):
    alignment = from_anchors(text, [], 10.0, Basis.WORD)
    for spans in (words(alignment), sentences(alignment)):
        moments = [moment for _, _, start, end in spans for moment in (start, end)]
        assert moments == sorted(moments)


def test_a_sentence_without_a_word_is_not_lit():
    alignment = from_anchors("First one.\n\n— … —\n\nSecond.", [], 3.0, Basis.WORD)

    assert [alignment.text[a:b] for a, b, _, _ in sentences(alignment)] == ["First one.", "Second."]
