"""What every voice must do alike."""

import mutagen
import pytest
from hypothesis import HealthCheck, given, settings

from services.alignment import Basis, Grade, check
from services.captions import cues
from services.spoken_text import NothingToSay, clean
from services.voices import SpeechRequest, Voice
from services.word_spans import word_spans, words
from tests.services.texts import nasty_text

TEXTS = {
    "plain": "The rain came late. Nobody knew why.",
    "heading": "A heading\n\nThe text, which is short.\n\nOne\nTwo\nThree",
    "numbers": "It cost $3.50 or €1,234.56 on 2026-11-23 at 10:45, up 12%!",
    "emoji": "Well done 👨‍👩‍👧 and 🇩🇪 again 👍🏽 yes 1️⃣",
    "arabic": "مرحبا بالعالم. هذا اختبار قصير؟ نعم.",
    "chinese": "中国政府星期二宣布，2026年可再生能源增长了百分之十四。分析师预计较小。",
    "hebrew": "שלום עולם. זה מבחן.",
    "hindi": "नमस्ते दुनिया। यह एक परीक्षा है।",
    "combining": "Cafe\u0301 nai\u0308ve cre\u0300me.",
    "poison": "Odd\ud800 bytes\0 and\x07 marks\u200b here.",
    "brackets": "A [[link]] and <b>tags</b> & {braces} -- %s \\n.",
    "long word": "a" * 300,
    "one letter": "I",
    "marks between": "— … —\n\nWords at last.\n\n*** !!! ***",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_text_becomes_sound_with_a_time_for_every_character(
    voice: tuple[Voice, str], folder, text
):
    speaker, voice_id = voice
    told: list[float] = []
    speech = speaker.speak(SpeechRequest(text, voice_id), folder, told.append)

    verdict = check(speech.alignment, clean(text), speech.duration)
    assert verdict.grade is not Grade.UNUSABLE, verdict.reasons
    assert speech.alignment.end == pytest.approx(speech.duration, abs=1e-6)
    assert mutagen.File(speech.path).info.length == pytest.approx(speech.duration, abs=0.002)
    assert speech.content_type == "audio/mpeg"
    assert list(folder.iterdir()) == [speech.path]
    assert len(speech.peaks) == 96
    assert all(0 <= peak <= 100 for peak in speech.peaks)
    assert speech.characters > 0
    assert speech.model_id
    assert speech.metadata["alignment_basis"] == speech.alignment.basis.value
    assert told == sorted(told)
    assert all(0 <= share <= 1 for share in told)
    assert len(words(speech.alignment)) == len(word_spans(clean(text)))
    assert all(cue.end <= speech.duration * 1000 for cue in cues(speech.alignment))


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(nasty_text)
def test_nasty_texts_are_spoken_or_refused_in_words(voice: tuple[Voice, str], folder, text):
    speaker, voice_id = voice
    try:
        speech = speaker.speak(SpeechRequest(text, voice_id), folder)
    except NothingToSay:
        return
    assert check(speech.alignment, clean(text), speech.duration).grade is not Grade.UNUSABLE
    speech.path.unlink()


@pytest.mark.parametrize("text", ["", "  \n", "?! — …", "\ud800", "\0"])
def test_nothing_to_say_is_refused_before_anything_is_made(voice, folder, text):
    speaker, voice_id = voice
    with pytest.raises(NothingToSay):
        speaker.speak(SpeechRequest(text, voice_id), folder)
    assert list(folder.iterdir()) == []


def test_a_faster_voice_takes_less_time_or_the_same(voice, folder):
    speaker, voice_id = voice
    text = "One sentence that is long enough to hear a difference in its speed."
    slow = speaker.speak(SpeechRequest(text, voice_id, speed=0.5), folder)
    fast = speaker.speak(SpeechRequest(text, voice_id, speed=2.0), folder)

    assert fast.duration <= slow.duration + 0.05
    if speaker.provider == "espeak":
        assert fast.duration < slow.duration / 2


def test_stopping_leaves_nothing_behind(voice, folder):
    speaker, voice_id = voice

    class Stopped(Exception):
        pass

    def stop(_: float) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        speaker.speak(SpeechRequest("Some words. " * 400, voice_id), folder, stop)
    assert list(folder.iterdir()) == []


def test_its_voices_are_described_for_people(voice):
    speaker, _ = voice
    listed = speaker.list_voices()

    assert listed
    assert len({info.id for info in listed}) == len(listed)
    for info in listed:
        assert info.id.startswith(speaker.provider + ":")
        assert info.name
        assert info.label
        assert info.sample_text
        assert info.basis in Basis
