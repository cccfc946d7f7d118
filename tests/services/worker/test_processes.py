"""Real worker processes: many at once, killed, told to stop, and cut off from the database."""

import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from sqlalchemy import func, update

import scope
from extensions import db
from models import BriefingPlan
from queries.briefings import Plan
from services.briefings import planning
from tests.factories import make_story, make_user
from tests.services.worker.workshop import Workshop, kill, until


def test_three_workers_do_sixty_with_none_twice_and_none_lost_though_two_are_killed(
    workshop: Workshop,
):
    workshop.ask(60)
    workers = [workshop.worker() for _ in range(3)]
    for victim, done in ((workers[0], 10), (workers[1], 25)):
        until(lambda done=done: workshop.states().get("completed", 0) >= done)
        kill(victim)

    until(lambda: workshop.states() == {"completed": 60}, 60)

    assert workshop.is_whole(60)
    assert workshop.value("SELECT max(failures) FROM audio_generation_history") <= 1


def test_a_worker_killed_while_a_voice_speaks_is_replaced(workshop: Workshop, gate):
    opened, reach = gate
    workshop.ask(1, voice_id="openai:alloy", **reach)
    victim = workshop.worker(**reach)
    until(lambda: workshop.states() == {"processing": 1})
    kill(victim)
    opened.set()
    workshop.worker(**reach)

    until(lambda: workshop.states() == {"completed": 1})

    assert workshop.is_whole(1)
    assert workshop.rows("SELECT attempt, failures FROM audio_generation_history") == [(2, 1)]


def test_a_worker_killed_between_object_and_commit_leaves_no_orphan(workshop: Workshop):
    workshop.ask(1)
    with workshop.stories_locked():
        victim = workshop.worker()
        until(lambda: len(workshop.objects()) == 1)
        kill(victim)
    assert workshop.value("SELECT count(*) FROM audio_tracks") == 0
    workshop.worker()

    until(lambda: workshop.states() == {"completed": 1})

    assert workshop.is_whole(1)


def test_a_worker_killed_between_its_last_row_and_the_commit_leaves_no_row(workshop: Workshop):
    workshop.ask(1)
    with ExitStack() as attempts:
        with workshop.stories_locked():
            victim = workshop.worker()
            until(lambda: len(workshop.objects()) == 1)
            attempts.enter_context(workshop.attempts_locked())
        # Track, times, asset and metric are written; only the attempt's end is missing.
        until(lambda: workshop.waiting("audio_generation_history") == 1)
        kill(victim)
    assert workshop.value("SELECT count(*) FROM audio_tracks") == 0
    workshop.worker()

    until(lambda: workshop.states() == {"completed": 1})

    assert workshop.is_whole(1)


def test_a_narration_that_kills_one_worker_after_the_other_fails_with_a_reason(
    workshop: Workshop, gate
):
    _, reach = gate
    workshop.ask(1, voice_id="openai:alloy", **reach)
    workshop.rows("UPDATE audio_generation_history SET failures = 2 RETURNING id")
    victim = workshop.worker(**reach)
    until(lambda: workshop.states() == {"processing": 1})
    kill(victim)
    other = workshop.worker(**reach)

    until(lambda: workshop.states() == {"failed": 1})

    assert "stopped again and again" in workshop.value("SELECT error FROM audio_generation_history")
    assert other.poll() is None
    assert workshop.sweep() == []


def test_connections_that_are_cut_lose_nothing(workshop: Workshop):
    workshop.ask(2)
    worker = workshop.worker()
    with workshop.stories_locked():
        until(lambda: len(workshop.objects()) == 2)
    for _ in range(5):
        workshop.cut_connections()
        time.sleep(0.1)

    until(lambda: workshop.states() == {"completed": 2})

    assert worker.poll() is None
    assert workshop.is_whole(2)


def test_a_worker_reads_two_at_once_and_hands_both_back_when_told_to_stop(workshop: Workshop, gate):
    _, reach = gate
    workshop.ask(3, voice_id="openai:alloy", **reach)
    worker = workshop.worker(**reach)
    until(lambda: workshop.states() == {"processing": 2, "pending": 1})
    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=10) == 0
    state = workshop.rows(
        "SELECT DISTINCT status, stage, failures, progress, storage_key"
        " FROM audio_generation_history"
    )
    assert state == [("pending", "queued", 0, 0, None)]
    assert workshop.objects() == []


def test_an_idle_worker_hears_of_work_and_heeds_ctrl_c(workshop: Workshop):
    worker = workshop.worker()
    until(
        lambda: (
            workshop.value(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN %%'"
            )
            == 1
        )
    )
    workshop.ask(1)
    until(lambda: workshop.states() == {"completed": 1})
    worker.send_signal(signal.SIGINT)

    assert worker.wait(timeout=20) == 0


def test_once_works_until_nothing_is_due_whatever_fails(workshop: Workshop, tmp_path):
    workshop.ask(3)
    assert workshop.worker("--once").wait(timeout=30) == 0
    assert workshop.is_whole(3)

    (tmp_path / "objects").write_text("a file where the folder belongs")
    workshop.ask(1)
    blocked = workshop.worker("--once", DATA_DIR=str(tmp_path), NARRATION_BACKOFF="0")
    assert blocked.wait(timeout=30) == 0

    assert workshop.states() == {"completed": 3, "failed": 1}
    assert workshop.value("SELECT error_code FROM audio_generation_history WHERE error IS NOT NULL")
    assert workshop.sweep() == []


def test_a_worker_makes_a_briefing_of_stories_that_nobody_had_narrated(workshop: Workshop):
    with workshop.app.app_context():
        scope.enter(scope.OWNER)
        reader = make_user()
        for headline in ("One", "Two", "Three"):
            make_story(reader, headline, created_at=datetime.now(UTC))
        planning.save(reader.id, Plan(active=True, zone="UTC"))
        db.session.execute(update(BriefingPlan).values(next_at=func.now()))
        db.session.commit()
    for _ in range(2):
        workshop.worker()

    until(lambda: workshop.rows("SELECT state FROM briefings") == [("done",)])

    assert workshop.rows(
        "SELECT jsonb_array_length(t.metadata -> 'chapters'), b.note"
        " FROM briefings AS b JOIN audio_tracks AS t ON t.id = b.track_id"
    ) == [(3, "")]
    assert len(workshop.objects()) == 4
    assert workshop.sweep() == []
    assert workshop.value("SELECT count(*) FROM briefing_plans WHERE next_at > now()") == 1
