import pytest

from services.alignment import Basis, Grade, check
from services.voices.errors import VoiceNotFound, VoiceRefused, VoiceUnavailable
from services.voices.openai import OpenAI
from services.voices.settings import VoiceSettings
from services.word_spans import sentences
from tests.services.voices.conftest import KEY, nothing_left_in, request
from tests.services.voices.provider import Asked, Reply, speech_server, tone

TEXT = "The rain came late. Nobody knew why.\n\nA new day."


def ask(voice: OpenAI, folder, text: str = TEXT, **options):
    return voice.speak(request(text, "openai:alloy", **options), folder)


def test_it_asks_for_each_sentence_as_the_documentation_says(folder, openai_at):
    voice, server = openai_at(speech_server, openai_speech_key=KEY)
    ask(voice, folder, speed=1.5)

    assert [asked.path for asked in server.asked] == ["/v1/audio/speech"] * 3
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.asked[0].body == {
        "model": "tts-1", "input": "The rain came late.", "voice": "alloy",
        "response_format": "mp3", "speed": 1.5,
    }  # fmt: skip


def test_sentences_start_exactly_and_only_they_are_lit(folder, openai_at):
    voice, _ = openai_at(speech_server)
    speech = ask(voice, folder)

    assert speech.alignment.basis is Basis.SENTENCE
    verdict = check(speech.alignment, TEXT, speech.duration)
    assert verdict.grade is Grade.COARSE
    starts = [start for _, _, start, _ in sentences(speech.alignment)]
    lengths = [0.05 * len(part) for part in ("The rain came late.", "Nobody knew why.")]
    assert starts == pytest.approx([0.0, lengths[0] + 0.35, sum(lengths) + 0.35 + 0.6], abs=0.01)


@pytest.mark.parametrize("kind", ["MP3", "FLAC", "OGG", "WAV"])
def test_any_common_sound_format_is_taken(folder, openai_at, kind):
    voice, _ = openai_at(lambda asked: Reply(body=tone(1.0, 24_000, kind)))

    assert ask(voice, folder).duration == pytest.approx(3 + 0.35 + 0.6 + 0.12, abs=0.3)


def test_an_address_with_or_without_v1_is_understood(folder, openai_at):
    _, server = openai_at(speech_server)
    inner = VoiceSettings(openai_speech_url=server.url + "/v1/", voice_backoff=0.01)
    ask(OpenAI(inner), folder)

    assert server.asked[0].path == "/v1/audio/speech"
    assert "authorization" not in server.asked[0].headers


def test_a_sentence_longer_than_the_limit_is_sent_in_pieces(folder, openai_at):
    voice, server = openai_at(speech_server)
    text = "and so on, " * 500
    speech = ask(voice, folder, text)

    assert all(len(asked.body["input"]) <= 4000 for asked in server.asked)
    assert speech.alignment.text == text.strip()


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"error": {"code": "invalid_api_key", "message": f"bad {KEY}"}}, VoiceRefused, "key"),
        (429, {"error": {"code": "insufficient_quota"}}, VoiceRefused, "credit is used up"),
        (404, {"error": {"code": "model_not_found"}}, VoiceRefused, "no such model"),
        (400, {"detail": "Voice 'x' not found"}, VoiceNotFound, "Choose another"),
        (400, {"error": "odd"}, VoiceRefused, "did not accept"),
        (400, b"rubbish", VoiceRefused, "did not accept"),
        (429, {"error": {"code": "rate_limit_exceeded"}}, VoiceUnavailable, "too often"),
        (503, b"", VoiceUnavailable, "has trouble"),
    ],
)
def test_refusals_are_said_in_plain_words(folder, openai_at, status, body, kind, words):
    voice, _ = openai_at(lambda _: Reply(status, body), openai_speech_key=KEY)
    with pytest.raises(kind, match=words) as failure, nothing_left_in(folder):
        ask(voice, folder)
    assert KEY not in str(failure.value) + failure.value.detail


@pytest.mark.parametrize("body", [b"", b"rubbish" * 100, b"{}", tone(0.0)])
def test_sound_that_is_none_is_a_passing_failure(folder, openai_at, body):
    voice, _ = openai_at(lambda _: Reply(body=body), voice_attempts=2)
    with pytest.raises(VoiceUnavailable, match="can't be used"), nothing_left_in(folder):
        ask(voice, folder)


def test_what_was_spoken_before_a_failure_is_removed(folder, openai_at):
    def answer(asked: Asked) -> Reply:
        return speech_server(asked) if "rain" in asked.body["input"] else Reply(400)

    voice, _ = openai_at(answer)
    with pytest.raises(VoiceRefused), nothing_left_in(folder):
        ask(voice, folder)


def test_its_voices_come_from_the_settings():
    settings = VoiceSettings(
        openai_speech_url="http://x", openai_speech_voices="af_heart, bm_fable,"
    )
    names = [(info.id, info.name) for info in OpenAI(settings).list_voices()]

    assert names == [("openai:af_heart", "Af Heart"), ("openai:bm_fable", "Bm Fable")]
