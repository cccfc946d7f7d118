import html
import json
import re
from datetime import timedelta
from itertools import pairwise

import pytest
import srt
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from services.alignment import Alignment, Basis, from_anchors
from services.captions import (
    SRT_WIDTH,
    cues,
    to_alignment_json,
    to_podcast_json,
    to_srt,
    to_text,
    to_vtt,
)
from tests.services.texts import any_text, prose

STORY = (
    "Rain at noon\n\nThe ministry said on Tuesday that renewable energy grew by 14 percent & more"
    " --> than <b>anyone</b> expected. Nobody knew why. 中国政府星期二宣布，可再生能源增长了百分之十四。"
)
MILLISECOND = timedelta(milliseconds=1)
TIME = r"(\d\d):(\d\d):(\d\d)[.,](\d{3})"
aligned = st.builds(
    lambda text, anchors, duration: from_anchors(text, anchors, duration, Basis.WORD),
    st.one_of(any_text, prose),
    st.lists(st.tuples(st.integers(0, 400), st.floats(0, 60))),
    st.floats(0.5, 60),
)


def story() -> Alignment:
    return from_anchors(STORY, [], 30.0, Basis.WORD)


def times(captions: str) -> list[tuple[float, float]]:
    found = re.findall(rf"^{TIME} --> {TIME}$", captions, flags=re.M)
    numbers = [[int(part) for part in match] for match in found]
    return [
        (h * 3600 + m * 60 + s + ms / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000)
        for h, m, s, ms, h2, m2, s2, ms2 in numbers
    ]


def test_webvtt_shows_sentences_on_two_short_lines():
    vtt = to_vtt(story())

    assert vtt.startswith("WEBVTT\n\n1\n00:00:00.000 --> ")
    assert "Rain at noon\n" in vtt
    assert "&amp; more --&gt; than &lt;b&gt;anyone&lt;/b&gt; expected." in vtt.replace("\n", " ")
    assert vtt.count("-->") == len(times(vtt))


def test_subrip_keeps_to_32_characters_and_needs_no_escapes():
    srt = to_srt(story())

    assert srt.startswith("1\n00:00:00,000 --> ")
    assert "& more → than <b>anyone</b>" in srt.replace("\n", " ")
    assert all(len(line) <= 32 for line in srt.splitlines())


@given(aligned, st.sampled_from([65, 32]))
def test_captions_are_short_in_order_and_inside_the_sound(alignment, width):
    made = cues(alignment, width)

    for cue in made:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= width for line in cue.lines)
        assert 0 <= cue.start < cue.end <= alignment.end * 1000
    assert [cue.start for cue in made] == sorted(cue.start for cue in made)
    assert [cue.end for cue in made] == sorted(cue.end for cue in made)


@given(aligned)
def test_no_word_is_lost_between_captions(alignment):
    shown = "".join(line for cue in cues(alignment) for line in cue.lines)
    spoken = {sign for sign in alignment.text if sign.isalnum()}

    assert spoken <= set(shown)


@given(st.one_of(prose, any_text), st.floats(5, 500))
def test_captions_do_not_overlap_when_there_is_time(text, duration):
    made = cues(from_anchors(text, [], duration, Basis.WORD))
    if len(made) * 20 < duration * 1000 / (len(text) + 1):
        return
    for earlier, later in pairwise(made):
        assert earlier.end <= later.start or later.start - earlier.start <= 1


@given(aligned)
def test_files_parse_line_by_line(alignment):
    made = cues(alignment)
    for captions in (to_vtt(alignment), to_srt(alignment)):
        blocks = [block.split("\n") for block in captions.strip("\n").split("\n\n")]
        blocks = [block for block in blocks if block != ["WEBVTT"] and block != [""]]
        for number, block in enumerate(blocks, start=1):
            assert block[0] == str(number)
            assert re.fullmatch(rf"{TIME} --> {TIME}", block[1])
            assert 1 <= len(block[2:]) <= 2
            assert not any("-->" in line for line in block[2:])
    assert len(times(to_vtt(alignment))) == len(made)


@given(aligned, st.sampled_from(["", "de"]))
def test_programs_of_others_read_the_same_captions(alignment, language):
    made = cues(alignment)
    read = webvtt.WebVTT.from_string(to_vtt(alignment, language)).captions
    assert [
        (
            milliseconds(one.start_time),
            milliseconds(one.end_time),
            tuple(html.unescape(line) for line in one.lines),
        )
        for one in read
    ] == [(cue.start, cue.end, cue.lines) for cue in made]

    made = cues(alignment, SRT_WIDTH)
    subtitles = list(srt.parse(to_srt(alignment)))
    assert [one.index for one in subtitles] == list(range(1, len(made) + 1))
    assert [
        (one.start / MILLISECOND, one.end / MILLISECOND, tuple(one.content.split("\n")))
        for one in subtitles
    ] == [
        (cue.start, cue.end, tuple(line.replace("-->", "→") for line in cue.lines)) for cue in made
    ]


def milliseconds(time: webvtt.models.Timestamp) -> int:
    """Return a time as webvtt-py reads it."""
    whole = (time.hours * 60 + time.minutes) * 60 + time.seconds
    return whole * 1000 + time.milliseconds


@given(aligned)
def test_the_alignment_rebuilds_the_text_exactly(alignment):
    content = json.loads(to_alignment_json(alignment, alignment.end))

    assert "".join(content["characters"]) == alignment.text
    assert content["start_times"] == alignment.start_times
    assert content["end_times"] == alignment.end_times
    assert content["basis"] == "word"


def test_the_podcast_transcript_has_segments_by_sentence_or_word():
    sentences = json.loads(to_podcast_json(story(), "Robin"))
    words = json.loads(to_podcast_json(story(), by_word=True))

    assert sentences["version"] == "1.0.0"
    assert sentences["segments"][0] == {
        "speaker": "Robin", "startTime": 0.0,
        "endTime": pytest.approx(1.9, abs=0.5), "body": "Rain at noon",
    }  # fmt: skip
    assert [segment["body"] for segment in words["segments"]][:3] == ["Rain", "at", "noon"]


def test_the_plain_transcript_is_the_text():
    assert to_text(story()) == STORY + "\n"


def test_a_signs_own_length_never_breaks_a_line():
    monster = "e" + "\u0301" * 200
    made = cues(from_anchors(f"One {monster} two", [], 5.0, Basis.WORD))

    assert all(len(line) <= 65 for cue in made for line in cue.lines)
