"""Which voice reads."""

import pytest

import scope
from extensions import db
from models import User
from services import voice_choice
from services.voice_choice import NoVoice, Preference
from services.voices.errors import VoiceNotFound
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("transaction")

GERMAN = "Der Zug kam nicht und die Leute warteten auf dem Bahnsteig mit der Zeitung."
ENGLISH = "The train did not come and the people waited for it with the paper."


def suited(voice_id: str, text: str) -> str:
    return voice_choice.suited(voice_choice.list_voices(), voice_id, text).id


@pytest.mark.parametrize(
    ("wished", "text", "chosen"),
    [
        ("espeak:en-us", ENGLISH, "espeak:en-us"),
        ("espeak:en+f1", ENGLISH, "espeak:en+f1"),
        ("espeak:en-us+m3", GERMAN, "espeak:de+m3"),
        ("espeak:de", ENGLISH, "espeak:en-us"),
        ("", ENGLISH, "espeak:en-us"),
        ("gone:voice", GERMAN, "espeak:de"),
        ("espeak:fr", "12 34", "espeak:fr"),
    ],
)
def test_a_voice_that_reads_the_language_is_chosen(wished, text, chosen):
    assert suited(wished, text) == chosen


def test_a_language_nobody_reads_is_said_so():
    with pytest.raises(NoVoice):
        suited("espeak:en-us", "雨が降りました。とても寒いです。")


def test_the_voices_of_a_language_are_its_own():
    known = voice_choice.list_voices()

    assert {info.language for info in voice_choice.that_speak(known, "de")} == {"de"}
    assert {info.language for info in voice_choice.that_speak(known, "en-GB")} == {"en-GB"}
    assert voice_choice.that_speak(known, "ja") == []
    assert {info.language for info in voice_choice.that_speak(known, "en")} >= {"en-US", "en-GB"}


def test_languages_are_listed_by_name():
    listed = voice_choice.languages(voice_choice.list_voices())

    assert ("de", "German") in listed
    assert [name for _, name in listed] == sorted(name for _, name in listed)


def test_a_voice_is_found_only_by_an_id_that_is_there():
    assert voice_choice.find_voice("espeak:de+f1").label == "Clara, German"
    for unknown in ("espeak:xx", "espeak:", "x:y", ""):
        with pytest.raises(VoiceNotFound):
            voice_choice.find_voice(unknown)


def test_a_preference_is_kept_beside_what_else_is_noted_of_a_reader():
    reader = make_user(metadata_={"theme": "dark"})
    with scope.acting(scope.READER, reader.id):
        assert voice_choice.preference_of(reader.id) == Preference()
        voice_choice.prefer(reader.id, Preference("espeak:de", 1.5))
        voice_choice.prefer(reader.id, Preference("espeak:fr", 0.8))
        db.session.commit()
        assert voice_choice.preference_of(reader.id) == Preference("espeak:fr", 0.8)
    noted = db.session.get(User, reader.id, populate_existing=True).metadata_
    assert noted["theme"] == "dark"


@pytest.mark.parametrize(
    "noted", [{}, {"narration": 3}, {"narration": {"voice_id": 1, "speed": "fast"}}]
)
def test_nonsense_that_was_noted_is_passed_over(noted):
    assert voice_choice.preference_of(make_user(metadata_=noted).id) == Preference()


@pytest.mark.parametrize(("asked", "given"), [(0.1, 0.5), (9, 2.0), (1.234, 1.25), (1, 1.0)])
def test_speeds_stay_within_what_voices_take(asked, given):
    assert voice_choice.within_bounds(asked) == given
