"""One job from its claim to its end: with the real voice, and with everything that breaks."""

import pytest
from sqlalchemy import func, select, text

import scope
from extensions import cache, db
from models import AudioAlignment, AudioGeneration, AudioTrack, MediaAsset, UsageMetric
from queries import takes as take_queries
from queries.news import latest_news
from queries.totals import totals_of
from services import narration, news, tracks
from services.storage import AUDIO, open_storage
from services.worker import keeping, queue, transaction
from services.worker.chores import remove_leftovers
from services.worker.lease import Lease
from services.worker.loop import do_now, drain, next_job
from services.worker.work import FOLDER, End, perform
from tests.factories import make_story, make_user
from tests.services.narrating import asked, attempt
from tests.services.voices import provider as providers
from tests.services.voices.provider import Reply

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def owner(transaction):
    return make_user()


@pytest.fixture
def story(owner):
    return make_story(owner, "Rain", content="It rained at noon. Nobody minded.")


def rows(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def objects() -> list[str]:
    return [one.key for one in open_storage().list(f"{AUDIO}/")]


def nothing_is_kept(before: list[str]) -> bool:
    return rows(AudioTrack) == rows(MediaAsset) == rows(AudioAlignment) == 0 and objects() == before


def test_a_narration_ends_as_track_times_asset_metric_and_cached_bytes(app, owner, story):
    done = attempt(asked(owner, story).generation_id)

    assert drain() == 1

    done = attempt(done.id)
    assert (done.status, done.stage, done.progress) == ("completed", "done", 1)
    assert done.error is None
    assert done.storage_key is None
    assert done.finished_at is not None
    track = db.session.get(AudioTrack, done.track_id)
    assert track.text == done.text == "Rain\n\nIt rained at noon. Nobody minded."
    assert track.metadata_["voiceId"] == "espeak:en-us"
    assert track.metadata_["voiceName"] == "Robin, English (United States)"
    assert track.metadata_["alignment_basis"] == "word"
    assert track.metadata_["alignment_grade"] == "good"
    assert track.metadata_["digest"] == done.settings["digest"]
    assert len(track.metadata_["peaks"]) > 50
    data = open_storage().open(track.storage_key).read()
    assert len(data) == track.byte_size
    assert cache.get(tracks.cache_key(track.id)) == data
    times = db.session.scalars(select(AudioAlignment)).one()
    assert "".join(times.characters) == track.text
    assert times.end_times[-1] == pytest.approx(track.duration, abs=0.001)
    metric = db.session.scalars(select(UsageMetric).where(UsageMetric.action == "narrated")).one()
    assert (metric.user_id, metric.news_id, metric.quantity) == (
        owner.id,
        story.id,
        len(track.text),
    )


def test_a_narration_is_a_sound_of_its_story_but_not_of_the_library(owner, story):
    asked(owner, story)
    drain()

    asset = db.session.scalars(select(MediaAsset)).one()
    scope.enter(scope.READER, owner.id)
    row = latest_news(owner.id)[0]
    assert row.media == [{"id": str(asset.id), "type": "audio", "url": asset.url}]
    assert row.take["id"] == str(asset.track_id)
    assert row.generation["status"] == "completed"
    totals = totals_of(owner.id)
    assert (totals.sounds, totals.tracks) == (0, 1)
    scope.enter(scope.OWNER)
    assert db.session.scalar(text("SELECT rebuild_totals()")) == 0


def test_a_second_voice_makes_another_take_and_deleting_it_takes_all_of_it_away(owner, story):
    for voice_id in ("espeak:en-us", "espeak:en-us+f1"):
        asked(owner, story, voice_id=voice_id)
        drain()
    assert rows(AudioTrack) == rows(MediaAsset) == 2
    takes = take_queries.takes_of(owner.id, story.id)
    assert [take.voice_id for take in takes] == ["espeak:en-us+f1", "espeak:en-us"]

    tracks.discard([tracks.delete(owner.id, takes[0].id)])

    assert rows(AudioTrack) == rows(MediaAsset) == rows(AudioAlignment) == 1
    assert [take.id for take in take_queries.takes_of(owner.id, story.id)] == [takes[1].id]


def test_a_permanent_refusal_fails_at_once_in_the_readers_words(speech_server, owner, story):
    before = objects()
    refusal = {"error": {"code": "insufficient_quota", "message": "no"}}
    server = speech_server(lambda asked: Reply(status=429, body=refusal))
    one = asked(owner, story, voice_id="openai:alloy")

    assert drain() == 1

    failed = attempt(one.generation_id)
    assert failed.status == "failed"
    assert "credit is used up" in failed.error
    assert failed.error_code
    assert len(server.asked) == 1
    assert nothing_is_kept(before)


def test_a_provider_that_hangs_is_tried_again_and_then_given_up_with_its_reason(
    speech_server, site, owner, story
):
    before = objects()
    server = speech_server(lambda asked: Reply(hang=30))
    site(openai_speech_url=server.url, voice_timeout=0.2, voice_attempts=1)
    one = asked(owner, story, voice_id="openai:alloy")

    assert drain() == 4

    failed = attempt(one.generation_id)
    assert failed.status == "failed"
    assert failed.error_code == "timeout"
    assert "did not answer in time" in failed.error
    assert nothing_is_kept(before)


def test_a_provider_that_recovers_is_asked_again_later(speech_server, site, owner, story):
    answers = iter([Reply(status=503), Reply(status=503)])
    speech_server(lambda asked: next(answers, None) or providers.speech_server(asked))
    site(openai_speech_url=db_settings("openai_speech_url"), voice_attempts=1, narration_backoff=10)
    one = asked(owner, story, voice_id="openai:alloy")

    assert drain() == 1
    waiting = attempt(one.generation_id)
    assert (waiting.status, waiting.stage, waiting.failures) == ("pending", "queued", 1)
    assert "Try again later" in waiting.error, "it says why it waits"
    assert drain() == 0, "not before its time"
    due_now(waiting.id)
    assert drain() == 1
    assert attempt(one.generation_id).failures == 2
    due_now(waiting.id)
    assert drain() == 1

    done = attempt(one.generation_id)
    assert done.status == "completed"
    assert done.error is None
    track = db.session.get(AudioTrack, done.track_id)
    assert track.metadata_["alignment_grade"] == "coarse"
    assert track.metadata_["alignment_reasons"]


def test_a_provider_that_names_a_time_is_not_asked_before_it(speech_server, owner, story):
    speech_server(lambda asked: Reply(status=429, headers={"Retry-After": "120"}))
    one = asked(owner, story, voice_id="openai:alloy")

    assert drain() == 1

    waits = attempt(one.generation_id)
    seconds = db.session.scalar(select(func.extract("epoch", waits.not_before - func.now())))
    assert 119 <= seconds <= 121


def test_storage_that_is_dead_leaves_nothing_and_says_so(site, tmp_path, owner, story):
    (tmp_path / "objects").write_text("a file where the folder belongs")
    site(data_dir=tmp_path)
    one = asked(owner, story)

    assert drain() == 4

    failed = attempt(one.generation_id)
    assert failed.status == "failed"
    assert failed.error_code == "storage"
    assert rows(AudioTrack) == rows(MediaAsset) == 0
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_storage_that_comes_back_gets_its_object(site, tmp_path, owner, story):
    blocked = tmp_path / "objects"
    blocked.write_text("a file where the folder belongs")
    site(data_dir=tmp_path, narration_backoff=10)
    one = asked(owner, story)
    job = next_job()
    site(data_dir=tmp_path)  # short waits within one try
    blocked.unlink()

    assert perform(job) is End.COMPLETED
    assert attempt(one.generation_id).status == "completed"


def test_a_failed_redo_leaves_the_old_take(speech_server, owner, story):
    asked(owner, story)
    drain()
    (old,) = take_queries.takes_of(owner.id, story.id)
    speech_server(lambda asked: Reply(status=400))

    asked(owner, story, voice_id="openai:alloy")
    drain()

    assert [take.id for take in take_queries.takes_of(owner.id, story.id)] == [old.id]


def test_whoever_lost_the_job_keeps_nothing_of_it(owner, story):
    before = objects()
    one = asked(owner, story)
    late = next_job()
    db.session.execute(
        text("UPDATE audio_generation_history SET heartbeat_at = now() - '1 h'::interval")
    )
    with transaction():
        assert queue.take_back() == 1
    assert drain() == 1
    assert attempt(one.generation_id).status == "completed"
    assert (rows(AudioTrack), len(objects())) == (1, len(before) + 1)

    assert perform(late) is End.LOST

    assert (rows(AudioTrack), len(objects())) == (1, len(before) + 1)
    assert attempt(one.generation_id).attempt == 2


def test_a_story_that_is_stopped_while_it_is_read_is_dropped_at_the_next_heartbeat(owner, story):
    before = objects()
    one = asked(owner, story, text="It rained and rained. " * 2000)
    job = next_job()

    def stop_once() -> bool:
        narration.cancel(owner.id, job.id)
        return False

    assert perform(job, stop_once) is End.LOST

    assert attempt(one.generation_id).error_code == "cancelled"
    assert nothing_is_kept(before)


def test_a_story_that_is_deleted_while_it_is_read_takes_its_narration_along(owner, story):
    before = objects()
    asked(owner, story)
    job = next_job()
    news.remove(owner.id, story.id, with_media=True)
    db.session.commit()

    assert perform(job) is End.LOST

    assert nothing_is_kept(before)


def test_a_story_that_is_deleted_behind_our_back_fails_its_narration(owner, story):
    before = objects()
    one = asked(owner, story)
    job = next_job()
    db.session.execute(text("DELETE FROM news_history"))
    db.session.commit()

    assert perform(job) is End.LOST

    failed = attempt(one.generation_id)
    assert failed.status == "failed"
    assert failed.error == "The story was deleted."
    assert nothing_is_kept(before)


def test_a_worker_that_is_told_to_stop_hands_its_job_back_uncounted(owner, story):
    before = objects()
    one = asked(owner, story, text="It rained and rained. " * 2000)
    job = next_job()

    assert perform(job, lambda: True) is End.HANDED_BACK

    back = attempt(one.generation_id)
    assert (back.status, back.stage, back.failures) == ("pending", "queued", 0)
    assert nothing_is_kept(before)
    assert drain() == 1
    assert attempt(one.generation_id).status == "completed"


def test_what_a_dead_worker_put_into_storage_is_removed_by_the_next(owner, story):
    before = objects()
    one = asked(owner, story)
    job = next_job()
    key = f"{AUDIO}/aa/bb/aabb{'0' * 28}.mp3"
    Lease(job, lambda: False).begin_storing(key)
    open_storage().put(key, b"sound", "audio/mpeg")
    db.session.execute(
        text("UPDATE audio_generation_history SET heartbeat_at = now() - '1 h'::interval")
    )

    assert drain() == 1

    track = db.session.get(AudioTrack, attempt(one.generation_id).track_id)
    assert sorted(objects()) == sorted([*before, track.storage_key])


def test_what_a_worker_left_of_a_stopped_narration_is_removed_in_time(owner, story):
    before = objects()
    one = asked(owner, story)
    job = next_job()
    key = f"{AUDIO}/aa/bb/aabb{'1' * 28}.mp3"
    Lease(job, lambda: False).begin_storing(key)
    open_storage().put(key, b"sound", "audio/mpeg")
    narration.cancel(owner.id, job.id)

    remove_leftovers()
    assert key in objects(), "its worker may still be at it"
    db.session.execute(
        text("UPDATE audio_generation_history SET heartbeat_at = now() - '1 h'::interval")
    )
    remove_leftovers()

    assert objects() == before
    assert attempt(one.generation_id).storage_key is None


def test_recording_twice_is_the_same_as_once(owner, story, monkeypatch):
    """The answer to a commit may be lost with the connection; then it is done again."""
    asked(owner, story)
    real, calls = keeping._record, []

    def twice(*arguments):
        calls.append(real(*arguments))
        calls.append(real(*arguments))

    monkeypatch.setattr(keeping, "_record", twice)
    drain()

    assert len(calls) == 2
    assert rows(AudioTrack) == rows(MediaAsset) == 1
    assert (
        db.session.scalar(
            select(func.count()).select_from(UsageMetric).where(UsageMetric.action == "narrated")
        )
        == 1
    )


def test_no_transaction_is_open_while_a_voice_speaks(speech_server, owner, story):
    open_ones = []

    def answer(request):
        open_ones.append(db_session_in_transaction())
        return providers.speech_server(request)

    session = db.session()

    def db_session_in_transaction() -> bool:
        return session.in_transaction()

    speech_server(answer)
    asked(owner, story, voice_id="openai:alloy")
    drain()

    assert open_ones
    assert not any(open_ones)


def test_a_provider_that_times_characters_gives_both_texts_and_what_it_cost(
    site, owner, story, monkeypatch
):
    monkeypatch.setattr("services.voices.elevenlabs._lists", {})
    with providers.provider(providers.elevenlabs) as server:
        site(elevenlabs_api_key="key", elevenlabs_url=server.url)
        asked(owner, story, voice_id="elevenlabs:voice123", settings={"stability": 0.3})
        drain()
    body = next(one.body for one in server.asked if one.method == "POST")
    assert body["voice_settings"] == {"stability": 0.3}
    track = db.session.scalars(select(AudioTrack)).one()
    assert track.metadata_["alignment_grade"] == "good"
    assert track.metadata_["stability"] == 0.3
    times = db.session.scalars(select(AudioAlignment)).one()
    assert "".join(times.normalized["characters"]) == track.text
    done = db.session.scalars(select(AudioGeneration)).one()
    assert done.request_id == f"req-{len(track.text)}"
    assert done.characters == len(track.text)


def test_times_that_cannot_be_used_leave_the_sound_without_them(site, owner, story, monkeypatch):
    monkeypatch.setattr("services.voices.elevenlabs._lists", {})

    def stuck(request):
        reply = providers.elevenlabs(request)
        if request.method == "POST":
            times = reply.body["alignment"]
            for name in ("character_start_times_seconds", "character_end_times_seconds"):
                times[name] = [0.5] * len(times["characters"])
        return reply

    with providers.provider(stuck) as server:
        site(elevenlabs_api_key="key", elevenlabs_url=server.url)
        one = asked(owner, story, voice_id="elevenlabs:voice123")
        drain()

    assert attempt(one.generation_id).status == "completed"
    track = db.session.scalars(select(AudioTrack)).one()
    assert track.metadata_["alignment_grade"] == "unusable"
    assert track.metadata_["alignment_reasons"]
    assert rows(AudioAlignment) == 0


def test_one_attempt_is_narrated_here_and_now_unless_somebody_has_it(owner, story):
    one = asked(owner, story)

    assert do_now(one.generation_id) is End.COMPLETED
    assert do_now(one.generation_id) is None


def test_a_row_written_with_the_documents_columns_only_ends_too(transaction):
    db.session.execute(
        text(
            "INSERT INTO audio_generation_history (voice_id, model_id, status)"
            " VALUES ('voice-123', 'eleven-multilingual-v2', 'pending')"
        )
    )
    db.session.commit()

    assert drain() == 1

    assert db.session.scalar(text("SELECT status FROM audio_generation_history")) == "failed"


def due_now(generation_id) -> None:
    db.session.execute(
        text("UPDATE audio_generation_history SET not_before = now() WHERE id = :id"),
        {"id": generation_id},
    )
    db.session.commit()


def db_settings(name: str):
    from config import settings

    return getattr(settings(), name)
