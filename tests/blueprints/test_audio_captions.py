"""Captions and transcripts at their addresses."""

from itertools import pairwise

import pytest

from extensions import db
from models import AudioAlignment
from tests.caption_parsers import read_srt, read_vtt
from tests.conftest import queries_counted
from tests.factories import make_story, make_track, make_user
from tests.narrated import narrate

TEXT = """The harbour bridge opened at **dawn**, four months early. Trams ran at once & people came.

## What it cost

It cost $1,250 -- or 3.5 % more than <planned>. 🙂 Nobody said “no”; see https://example.org/a."""
FILES = {
    "captions.vtt": "text/vtt; charset=utf-8",
    "captions.srt": "application/x-subrip; charset=utf-8",
    "transcript.txt": "text/plain; charset=utf-8",
    "transcript.json": "application/json",
    "alignment.json": "application/json",
    "words.json": "application/json",
}


@pytest.fixture
def track(reader):
    return narrate(reader, make_story(reader, "Bridge & bay: a report", content=TEXT))


def replace_times(track, characters, starts, ends) -> None:
    db.session.query(AudioAlignment).filter_by(track_id=track.id).delete()
    times = {"characters": characters, "start_times": starts, "end_times": ends}
    db.session.add(AudioAlignment(track_id=track.id, **times))
    db.session.commit()


def words_of(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in text).split()


@pytest.mark.parametrize(("name", "kind"), FILES.items())
def test_each_file_has_its_type_and_is_checked_again_each_time(me, track, name, kind):
    reply = me.get(f"/audio/{track.id}/{name}")

    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == kind
    assert reply.headers["Cache-Control"] == "private, no-cache"
    again = me.get(f"/audio/{track.id}/{name}", headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", FILES)
def test_only_the_owner_gets_a_file(app, me, name):
    stranger = make_user()
    theirs = narrate(stranger, make_story(stranger, content="Not yours."))

    assert me.get(f"/audio/{theirs.id}/{name}").status_code == 404
    reply = app.test_client().get(f"/audio/{theirs.id}/{name}")
    assert "/login" in reply.headers["Location"]


@pytest.mark.parametrize(
    ("name", "read", "width"), [("captions.vtt", read_vtt, 65), ("captions.srt", read_srt, 32)]
)
def test_captions_parse_follow_each_other_and_end_with_the_sound(me, track, name, read, width):
    captions = read(me.get(f"/audio/{track.id}/{name}").text)

    assert words_of(" ".join(line for one in captions for line in one.lines)) == words_of(
        track.text
    )
    assert all(0 <= one.start < one.end <= track.duration for one in captions)
    assert all(earlier.end <= later.start for earlier, later in pairwise(captions))
    assert all(1 <= len(one.lines) <= 2 for one in captions)
    assert all(len(line) <= width for one in captions for line in one.lines)


def test_the_transcripts_say_what_is_spoken(me, track):
    assert me.get(f"/audio/{track.id}/transcript.txt").text == track.text + "\n"
    for address in ("transcript.json", "transcript.json?words=1"):
        told = me.get(f"/audio/{track.id}/{address}").json
        assert told["version"] == "1.0.0"
        assert words_of(" ".join(part["body"] for part in told["segments"])) == words_of(track.text)
        assert all(
            0 <= part["startTime"] <= part["endTime"] <= track.duration for part in told["segments"]
        )
        assert {part["speaker"] for part in told["segments"]} == {"Robin"}


def test_the_alignment_rebuilds_the_spoken_text(me, track):
    told = me.get(f"/audio/{track.id}/alignment.json").json

    assert "".join(told["characters"]) == track.text
    assert len(told["characters"]) == len(told["start_times"]) == len(told["end_times"])
    assert told["start_times"] == sorted(told["start_times"])
    assert told["duration"] == track.duration


def test_the_words_rebuild_the_text_and_stand_in_its_sentences(me, track):
    told = me.get(f"/audio/{track.id}/words.json").json

    assert told["text"] == track.text
    assert (told["mode"], told["grade"], told["basis"]) == ("word", "good", "word")
    assert told["language"] == "en-US"
    said = [track.text[first:last] for first, last, _, _ in told["words"]]
    assert said[:4] == ["Bridge", "bay", "a", "report"]
    assert {"1,250", "3.5", "🙂", "early"} <= set(said)
    assert words_of(" ".join(said)) == words_of(track.text)
    for spans in (told["words"], told["sentences"]):
        assert all(0 <= start <= end <= track.duration * 1000 for _, _, start, end in spans)
        assert all(a[1] <= b[0] and a[2] <= b[2] for a, b in pairwise(spans))
    ends = [last for _, last, _, _ in told["sentences"]]
    for first, last, _, _ in told["words"]:
        assert next(end for end in ends if end > first) >= last


def test_a_download_is_named_after_the_story(me, track):
    reply = me.get(f"/audio/{track.id}/captions.srt?download=1")

    disposition = reply.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="Bridge & bay- a report.srt"'


def test_the_second_time_the_times_are_not_read_again(me, track):
    first = me.get(f"/audio/{track.id}/words.json")
    with queries_counted() as statements:
        second = me.get(f"/audio/{track.id}/words.json")

    assert second.data == first.data
    assert not any("audio_alignments.characters" in statement for statement in statements)


def test_other_times_make_another_file(me, track):
    address = f"/audio/{track.id}/words.json"
    before = me.get(address)
    row = db.session.query(AudioAlignment).filter_by(track_id=track.id).one()
    starts = [second / 2 for second in row.start_times]
    replace_times(track, row.characters, starts, [*starts[1:], row.end_times[-1]])

    after = me.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json["words"] != before.json["words"]


def test_coarse_times_light_up_sentences_only(me, reader):
    coarse = {"alignment_grade": "coarse", "alignment_basis": "sentence"}
    track = narrate(reader, make_story(reader, content=TEXT), metadata_=coarse)
    told = me.get(f"/audio/{track.id}/words.json").json

    assert (told["mode"], told["words"]) == ("sentence", [])
    assert len(told["sentences"]) == 6
    assert read_vtt(me.get(f"/audio/{track.id}/captions.vtt").text)


def test_unusable_times_make_no_captions_but_the_text_is_there(me, reader):
    bad = {"alignment_grade": "unusable", "alignment_reasons": ["The times are for another text."]}
    track = narrate(reader, make_story(reader, content=TEXT), metadata_=bad)

    told = me.get(f"/audio/{track.id}/words.json").json
    assert (told["mode"], told["words"], told["sentences"]) == ("none", [], [])
    assert told["reasons"] == ["The times are for another text."]
    assert told["text"] == track.text
    assert me.get(f"/audio/{track.id}/transcript.txt").status_code == 200
    for name in ("captions.vtt", "captions.srt", "transcript.json", "alignment.json"):
        assert me.get(f"/audio/{track.id}/{name}").status_code == 404


def test_times_from_elsewhere_are_graded_when_they_are_asked_for(me, reader):
    track = make_track(reader, make_story(reader), text="Hi you.", duration=3.0)
    for end, mode in ((3.0, "word"), (30.0, "none")):
        times = [index * end / 7 for index in range(8)]
        replace_times(track, list("Hi you."), times[:-1], times[1:])
        assert me.get(f"/audio/{track.id}/words.json").json["mode"] == mode
