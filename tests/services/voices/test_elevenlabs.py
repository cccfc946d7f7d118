import logging
import traceback

import pytest

from services.alignment import Basis, Grade, check
from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable
from tests.services.voices.conftest import KEY, nothing_left_in, request
from tests.services.voices.provider import Asked, Reply, elevenlabs, timed_answer, tone

TEXT = "The rain came late. Nobody knew why."
LONG = "The rain came late, and nobody knew why it did. " * 150


def refusing(status: int, cause: str, **headers: str):
    body = {"detail": {"status": cause, "message": f"Because of {KEY}."}}
    return lambda _: Reply(
        status, body, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_it_asks_as_the_documentation_says(folder, elevenlabs_at):
    voice, server = elevenlabs_at(elevenlabs)
    settings = {"stability": 0.4, "similarityBoost": 0.9, "style": 0.1, "useSpeakerBoost": False}
    voice.speak(request(TEXT, settings=settings, speed=1.1), folder)

    [asked] = server.asked
    assert asked.method == "POST"
    assert asked.path == ("/v1/text-to-speech/voice123/with-timestamps?output_format=mp3_44100_128")
    assert asked.headers["xi-api-key"] == KEY
    assert asked.body == {
        "text": TEXT,
        "model_id": "eleven_multilingual_v2",
        "voice_settings": {
            "stability": 0.4, "similarity_boost": 0.9, "style": 0.1, "use_speaker_boost": False,
            "speed": 1.1,
        },
    }  # fmt: skip


def test_the_times_it_sends_are_the_times_we_keep(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(elevenlabs)
    speech = voice.speak(request(TEXT), folder)

    assert speech.alignment.basis is Basis.CHARACTER
    assert speech.alignment.start_times[:3] == [0.0, 0.05, 0.1]
    assert speech.normalized is not None
    assert speech.normalized.text == TEXT
    assert check(speech.alignment, TEXT, speech.duration).grade is Grade.GOOD
    assert speech.request_id == f"req-{len(TEXT)}"
    assert speech.characters == len(TEXT)


def test_both_shapes_of_times_are_read(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(
        lambda asked: Reply(body=timed_answer(asked.body["text"], as_list=True))
    )

    assert voice.speak(request(TEXT), folder).alignment.start_times[:3] == [0.0, 0.05, 0.1]


def test_long_texts_are_sent_in_parts_that_carry_on(folder, elevenlabs_at):
    voice, server = elevenlabs_at(elevenlabs)
    told: list[float] = []
    speech = voice.speak(request(LONG), folder, told.append)
    parts = [asked.body["text"] for asked in server.asked]

    assert "".join(parts) == LONG.strip()
    assert all(len(part) <= 3000 for part in parts)
    assert "previous_request_ids" not in server.asked[0].body
    assert server.asked[1].body["previous_request_ids"] == [f"req-{len(parts[0])}"]
    assert server.asked[0].body["next_text"] == parts[1][:300]
    assert speech.metadata["parts"] == len(parts) == 3
    assert speech.characters == len(LONG.strip())
    assert speech.alignment.text == LONG.strip()
    assert check(speech.alignment, LONG.strip(), speech.duration).grade is Grade.GOOD
    assert told[-1] == 1.0
    second = speech.alignment.start_times[len(parts[0])]
    assert second == pytest.approx(0.05 * len(parts[0]) + 0.35, abs=0.15)


def test_the_newest_model_is_not_told_what_came_before(folder, elevenlabs_at):
    voice, server = elevenlabs_at(elevenlabs)
    voice.speak(request(LONG, model_id="eleven_v3"), folder)

    assert all("previous_request_ids" not in asked.body for asked in server.asked)


def test_a_text_of_marks_between_words_is_not_sent(folder, elevenlabs_at):
    voice, server = elevenlabs_at(elevenlabs)
    voice.speak(request("A word. " * 370 + "\n\n" + "— " * 900 + "\n\nEnd."), folder)

    assert all(any(sign.isalpha() for sign in asked.body["text"]) for asked in server.asked)


@pytest.mark.parametrize(
    ("status", "cause", "words"),
    [
        (401, "quota_exceeded", "credits are used up"),
        (401, "invalid_api_key", "An admin must check"),
        (400, "max_character_limit_exceeded", "too long"),
        (403, "only_for_creator+", "plan does not include"),
        (401, "detected_unusual_activity", "locked"),
        (401, "something_new", "refused this site's key"),
        (422, "", "did not accept"),
    ],
)
def test_refusals_are_said_in_plain_words_and_not_repeated(
    folder, elevenlabs_at, status, cause, words
):
    voice, server = elevenlabs_at(refusing(status, cause))
    with pytest.raises(VoiceRefused, match=words) as failure, nothing_left_in(folder):
        voice.speak(request(TEXT), folder)

    assert failure.value.permanent
    assert len(server.asked) == 1
    assert KEY not in str(failure.value) + failure.value.detail


def test_an_unknown_voice_is_not_found(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(refusing(404, "voice_not_found"))
    with pytest.raises(VoiceNotFound):
        voice.speak(request(TEXT), folder)
    with pytest.raises(VoiceNotFound):
        voice.speak(request(TEXT, "elevenlabs:../../v1/user"), folder)


@pytest.mark.parametrize(
    ("status", "cause"),
    [(429, "too_many_concurrent_requests"), (429, "system_busy"), (503, ""), (500, "odd")],
)
def test_passing_trouble_is_tried_again(folder, elevenlabs_at, status, cause):
    replies = [refusing(status, cause)(None)] * 2

    def answer(asked: Asked) -> Reply:
        return replies.pop() if replies else elevenlabs(asked)

    voice, server = elevenlabs_at(answer)
    voice.speak(request(TEXT), folder)

    assert len(server.asked) == 3


def test_it_gives_up_after_some_attempts(folder, elevenlabs_at):
    voice, server = elevenlabs_at(refusing(429, "system_busy"))
    with pytest.raises(VoiceUnavailable, match="very busy") as failure, nothing_left_in(folder):
        voice.speak(request(TEXT), folder)

    assert not failure.value.permanent
    assert failure.value.code == "system_busy"
    assert len(server.asked) == 4


def test_a_long_wait_is_left_to_the_worker(folder, elevenlabs_at):
    voice, server = elevenlabs_at(refusing(429, "system_busy", Retry_After="120"))
    with pytest.raises(VoiceUnavailable) as failure:
        voice.speak(request(TEXT), folder)

    assert failure.value.retry_after == 120
    assert len(server.asked) == 1


def test_quota_is_permanent_whatever_the_status(folder, elevenlabs_at):
    voice, server = elevenlabs_at(refusing(429, "quota_exceeded"))
    with pytest.raises(VoiceRefused):
        voice.speak(request(TEXT), folder)
    assert len(server.asked) == 1


def garbled(**changes: object):
    def answer(asked: Asked) -> Reply:
        return Reply(body={**timed_answer(asked.body["text"]), **changes})

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: Reply(body=b"<html>Bad gateway</html>"),
        lambda _: Reply(body=b"[]"),
        lambda _: Reply(body=b"\xff\xfe"),
        lambda _: Reply(body={}),
        garbled(audio_base64="not base64!"),
        garbled(audio_base64=""),
        garbled(audio_base64="cnViYmlzaA=="),
        garbled(audio_base64=7),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_passing_failure(folder, elevenlabs_at, answer):
    voice, _ = elevenlabs_at(answer, voice_attempts=2)
    with pytest.raises(VoiceUnavailable, match="can't be used"), nothing_left_in(folder):
        voice.speak(request(TEXT), folder)


@pytest.mark.parametrize(
    "times",
    [None, {}, [], "x", {"characters": ["a"]}, [{"char": "a"}], [1, 2],
     {"characters": list(TEXT), "character_start_times_seconds": ["x"] * len(TEXT),
      "character_end_times_seconds": [1.0] * len(TEXT)}],
)  # fmt: skip
def test_sound_without_usable_times_is_kept_and_graded_down(folder, elevenlabs_at, times):
    voice, _ = elevenlabs_at(garbled(alignment=times, normalized_alignment=None))
    speech = voice.speak(request(TEXT), folder)

    verdict = check(speech.alignment, TEXT, speech.duration)
    assert verdict.grade is Grade.COARSE
    assert "0%" in verdict.reasons[0]
    assert speech.normalized is None


def test_a_connection_that_is_cut_is_tried_again(folder, elevenlabs_at):
    replies = [True]

    def answer(asked: Asked) -> Reply:
        reply = elevenlabs(asked)
        reply.cut = bool(replies and replies.pop())
        return reply

    voice, server = elevenlabs_at(answer)
    voice.speak(request(TEXT), folder)
    assert len(server.asked) == 2


def test_a_provider_that_hangs_is_left_after_a_while(folder, elevenlabs_at):
    voice, server = elevenlabs_at(lambda _: Reply(hang=30), voice_timeout=0.3)
    with pytest.raises(VoiceUnavailable, match="in time") as failure, nothing_left_in(folder):
        voice.speak(request(TEXT), folder)

    assert failure.value.code == "timeout"
    assert len(server.asked) == 2


def test_a_hanging_request_can_be_stopped(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(lambda _: Reply(hang=30))

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), nothing_left_in(folder):
        voice.speak(request(TEXT), folder, stop)


def test_a_provider_that_is_not_there_is_unreachable(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(elevenlabs, elevenlabs_url="http://127.0.0.1:9", voice_attempts=1)
    with pytest.raises(VoiceUnavailable, match="could not be reached"):
        voice.speak(request(TEXT), folder)


def test_an_address_that_is_none_is_for_an_admin_to_mend(folder, elevenlabs_at):
    voice, _ = elevenlabs_at(elevenlabs, elevenlabs_url="nonsense")
    with pytest.raises(VoiceRefused, match="not valid"):
        voice.speak(request(TEXT), folder)


def test_bare_samples_are_taken_too(folder, elevenlabs_at):
    import base64

    def answer(asked: Asked) -> Reply:
        reply = timed_answer(asked.body["text"])
        wav = tone(0.05 * len(asked.body["text"]), 24_000)
        return Reply(body={**reply, "audio_base64": base64.b64encode(wav[44:]).decode()})

    voice, server = elevenlabs_at(answer, elevenlabs_format="pcm_24000")
    speech = voice.speak(request(TEXT), folder)

    assert speech.duration == pytest.approx(0.05 * len(TEXT), abs=0.2)
    assert server.asked[0].path.endswith("output_format=pcm_24000")


@pytest.mark.parametrize("settings", [{"stability": 2}, {"style": "x"}, {"useSpeakerBoost": 0.5}])
def test_settings_out_of_bounds_are_refused_before_anything_is_spent(
    folder, elevenlabs_at, settings
):
    voice, server = elevenlabs_at(elevenlabs)
    with pytest.raises(VoiceRefused, match="must be"):
        voice.speak(request(TEXT, settings=settings), folder)
    assert server.asked == []


def test_the_key_is_never_shown(folder, elevenlabs_at, caplog):
    caplog.set_level(logging.DEBUG)
    voice, _ = elevenlabs_at(refusing(401, "invalid_api_key"))
    try:
        voice.speak(request(TEXT), folder)
    except VoiceError as error:
        shown = "".join(traceback.format_exception(error)) + error.detail + repr(error)
    assert KEY not in shown
    assert KEY not in caplog.text
    assert KEY not in repr(voice._settings) + repr(voice)


def test_the_accounts_voices_are_listed_and_remembered(elevenlabs_at):
    voice, server = elevenlabs_at(elevenlabs)
    [info] = voice.list_voices()

    assert (info.id, info.name) == ("elevenlabs:voice123", "Rachel")
    assert voice.list_voices() == [info]
    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", [Reply(500), Reply(body=b"rubbish"), Reply(body={"voices": [1]})])
def test_no_list_is_an_empty_list(elevenlabs_at, reply):
    voice, _ = elevenlabs_at(lambda _: reply)

    assert voice.list_voices() == []
