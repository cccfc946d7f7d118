import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import graphemes
from services.splitting import sentence_spans, split
from tests.services.texts import any_text, prose


def sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith paid $3.50. He left.", ["Dr. Smith paid $3.50.", "He left."]),
        ("The U.S. Senate met on Jan. 5. It rained.", ["The U.S. Senate met on Jan. 5.", "It rained."]),
        ('"Why?" he asked. "Go!" She left.', ['"Why?" he asked.', '"Go!"', "She left."]),
        ("J. Brown spoke… and stopped.", ["J. Brown spoke… and stopped."]),
        ("It was 2026. Then came 2027.", ["It was 2026.", "Then came 2027."]),
        ("1. Apples\n2. Pears", ["1. Apples", "2. Pears"]),
        ("A heading\n\nThe text.", ["A heading", "The text."]),
        ("中国政府。“宣布！”好吗？是的", ["中国政府。", "“宣布！”", "好吗？", "是的"]),
        ("مرحبا؟ نعم.", ["مرحبا؟", "نعم."]),
        ("यह है। और।", ["यह है।", "और।"]),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_pause(text: str, expected: list[str]):
    assert sentences(text) == expected


@given(any_text)
def test_sentences_cover_the_text_exactly(text: str):
    spans = sentence_spans(text)

    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@given(st.one_of(any_text, prose), st.integers(1, 120))
def test_parts_join_to_the_text_and_never_cut_a_visible_character(text: str, limit: int):
    parts = split(text, limit)
    places = set(graphemes.boundaries(text))

    assert "".join(parts) == text
    end = 0
    for part in parts:
        end += len(part)
        assert end in places
        assert len(part) <= limit or len(graphemes.boundaries(part)) == 2


@given(prose, st.integers(40, 200))
def test_sentences_stay_whole_while_they_fit(text: str, limit: int):
    ends = {end for _, end in sentence_spans(text)}
    longest = max((end - start for start, end in sentence_spans(text)), default=0)
    end = 0
    for part in split(text, max(limit, longest)):
        end += len(part)
        assert end in ends


def test_a_long_sentence_is_cut_behind_a_comma_else_at_a_space():
    assert split("one two three, four five six", 20) == ["one two three, ", "four five six"]
    assert split("one two three four five six", 20) == ["one two three four ", "five six"]
    assert split("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_fifty_thousand_characters_are_split_without_delay():
    text = "No end of it, " * 4000

    assert "".join(split(text, 3000)) == text
