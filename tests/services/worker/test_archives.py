"""Archives by the worker: made, brought in, taken over from the dead, and forgotten."""

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

import scope
from extensions import db
from models import Archive, UsageMetric
from services import account_deletion
from services.archive import requests, restored_files
from services.storage import ARCHIVES, open_storage
from services.worker import archives, chores
from services.worker.lease import Lost
from tests.archived import every_object, exported, holdings, named_objects, somebody
from tests.live import with_settings
from tests.services.worker.workshop import Workshop


@pytest.fixture(autouse=True)
def quick(live_app: Flask) -> None:
    live_app.config["SETTINGS"] = with_settings(
        live_app, narration_lease=1.5, narration_heartbeat=0.3
    )


def ask(app: Flask, user_id: UUID, path: Path | None = None) -> UUID:
    with app.app_context():
        scope.enter(scope.READER, user_id)
        if path is None:
            archive_id = requests.ask_export(user_id)
        else:
            with path.open("rb") as file:
                archive_id, _ = requests.ask_import(user_id, file, path.name)
        db.session.commit()
        return archive_id


def look(app: Flask, archive_id: UUID) -> Archive | None:
    with app.app_context():
        scope.enter(scope.OWNER)
        found = db.session.scalar(select(Archive).where(Archive.id == archive_id))
        db.session.expunge_all()
        return found


def work(app: Flask) -> None:
    with app.app_context():
        archives.do_next()


def sql(app: Flask, statement: str) -> Any:
    with app.app_context():
        scope.enter(scope.OWNER)
        result = db.session.execute(text(statement))
        rows = result.all() if result.returns_rows else None
        db.session.commit()
        return rows


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_made_and_noted(live_app: Flask, tmp_path: Path):
    owner = somebody(live_app, stories=2)
    asked = ask(live_app, owner)

    work(live_app)

    done = look(live_app, asked)
    assert (done.status, done.progress, done.error) == ("completed", 1, None)
    assert 6.9 < (done.expires_at - done.finished_at).total_seconds() / 86_400 < 7.1
    with live_app.app_context():
        data = open_storage().open(done.storage_key).read()
        scope.enter(scope.OWNER)
        noted = db.session.scalars(select(UsageMetric).where(UsageMetric.action == "exported"))
        assert [(one.user_id, one.metadata_["file"]) for one in noted] == [(owner, "archive")]
    assert len(data) == done.byte_size
    (tmp_path / "a.zip").write_bytes(data)
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        names = file.namelist()
    folders = {name.partition("/")[0] for name in names}
    assert folders == {
        "data", "stories", "captions", "media", "thumbnails", "audio", "earshot.json", "SHA256SUMS",
    }  # fmt: skip
    assert sum(name.startswith("stories/2026-") for name in names) == 2
    assert every_object(live_app) == named_objects(live_app)


def test_brought_in_and_its_file_goes(live_app: Flask, tmp_path: Path):
    path = exported(live_app, somebody(live_app, stories=2), tmp_path / "a.zip")
    reader = somebody(live_app)
    asked = ask(live_app, reader, path)

    work(live_app)
    with live_app.app_context():
        chores.remove_abandoned()

    done = look(live_app, asked)
    assert (done.status, done.storage_key) == ("completed", None)
    assert done.report["taken"]["news_history"] == 2
    assert len(holdings(live_app, reader)["news_history"]) == 2
    assert every_object(live_app) == named_objects(live_app)


def test_a_broken_file_fails_in_words_and_goes(live_app: Flask, tmp_path: Path):
    path = exported(live_app, somebody(live_app, stories=1), tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-100])
    reader = somebody(live_app)
    asked = ask(live_app, reader, path)

    work(live_app)
    with live_app.app_context():
        chores.remove_abandoned()

    failed = look(live_app, asked)
    assert failed.status == "failed"
    assert "damaged, was cut short" in failed.error
    assert holdings(live_app, reader)["news_history"] == []
    assert every_object(live_app) == named_objects(live_app)


def test_a_worker_killed_midway_is_taken_over_and_nothing_is_left(
    live_app: Flask, workshop: Workshop, tmp_path: Path
):
    source = somebody(live_app, stories=60)
    path = exported(live_app, source, tmp_path / "a.zip")
    reader = somebody(live_app)
    asked = ask(live_app, reader, path)
    first = workshop.worker()
    wait_for(lambda: (look(live_app, asked).reached or {}).get("table") == "audio_tracks")
    first.kill()
    first.wait()
    between = look(live_app, asked)
    assert between.status == "processing"

    workshop.worker()
    wait_for(lambda: look(live_app, asked).status not in ("processing", "pending"))

    done = look(live_app, asked)
    assert (done.status, done.deaths, done.attempt, done.put_keys) == ("completed", 1, 2, [])
    assert set(done.report) == {"taken"}
    assert done.report["taken"]["news_history"] == 60
    assert done.report["taken"]["audio_tracks"] == 60
    counts = {name: len(rows) for name, rows in holdings(live_app, source).items()}
    assert {name: len(rows) for name, rows in holdings(live_app, reader).items()} == counts
    with live_app.app_context():
        chores.remove_abandoned()
    assert every_object(live_app) == named_objects(live_app)


def test_who_was_taken_over_commits_nothing_more(
    live_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = exported(live_app, somebody(live_app, stories=1), tmp_path / "a.zip")
    reader = somebody(live_app)
    asked = ask(live_app, reader, path)
    bring = restored_files.bring

    def slow(*arguments: Any) -> None:
        bring(*arguments)
        sql(live_app, f"UPDATE archives SET attempt = attempt + 1 WHERE id = '{asked}'")

    monkeypatch.setattr(restored_files, "bring", slow)

    work(live_app)

    assert holdings(live_app, reader)["audio_tracks"] == []
    assert look(live_app, asked).status == "processing"
    assert every_object(live_app) == named_objects(live_app)


def test_one_that_its_reader_stops_leaves_nothing(live_app: Flask, monkeypatch: pytest.MonkeyPatch):
    owner = somebody(live_app, stories=1)
    asked = ask(live_app, owner)
    before = every_object(live_app)
    announce = archives.Hold.about_to_put

    def stopped(hold: archives.Hold, keys: list[str]) -> None:
        announce(hold, keys)
        sql(live_app, f"DELETE FROM archives WHERE id = '{asked}'")

    monkeypatch.setattr(archives.Hold, "about_to_put", stopped)

    work(live_app)
    with live_app.app_context():
        chores.remove_abandoned()

    assert every_object(live_app) == before


def test_a_worker_that_is_asked_to_stop_hands_it_back(live_app: Flask):
    asked = ask(live_app, somebody(live_app, stories=1))

    with live_app.app_context():
        archives.do_next(lambda: True)

    waiting = look(live_app, asked)
    assert (waiting.status, waiting.deaths) == ("pending", 0)
    work(live_app)
    assert look(live_app, asked).status == "completed"


def test_after_three_deaths_it_fails(live_app: Flask):
    asked = ask(live_app, somebody(live_app))
    sql(
        live_app,
        "UPDATE archives SET status = 'processing', deaths = 2,"
        " heartbeat_at = now() - interval '1 hour'",
    )

    work(live_app)

    failed = look(live_app, asked)
    assert failed.status == "failed"
    assert "again and again" in failed.error


def test_only_who_still_holds_it_keeps_it(live_app: Flask):
    ask(live_app, somebody(live_app))
    with live_app.app_context():
        with archives.transaction():
            task = archives.archive_queue.claim()
            assert archives.archive_queue.claim() is None
        sql(live_app, "UPDATE archives SET attempt = 7")
        hold = archives.Hold(task, lambda: False)
        with pytest.raises(Lost):
            hold.about_to_put(["archives/x"])


def test_after_its_days_it_is_forgotten_with_its_file(live_app: Flask):
    asked = ask(live_app, somebody(live_app, stories=1))
    work(live_app)
    with live_app.app_context():
        chores.expire_archives()
    assert look(live_app, asked) is not None
    sql(live_app, "UPDATE archives SET expires_at = now() - interval '1 second'")

    with live_app.app_context():
        chores.expire_archives()
        chores.remove_abandoned()

    assert look(live_app, asked) is None
    assert not any(key.startswith(ARCHIVES) for key in every_object(live_app))


def test_a_new_one_takes_the_place_of_the_one_before(live_app: Flask):
    owner, other = somebody(live_app, stories=1), somebody(live_app)
    kept = ask(live_app, other)
    work(live_app)
    first = ask(live_app, owner)
    work(live_app)
    second = ask(live_app, owner)
    assert look(live_app, first).status == "completed"

    work(live_app)
    with live_app.app_context():
        chores.remove_abandoned()

    assert look(live_app, first) is None
    assert look(live_app, second).status == "completed"
    assert look(live_app, kept).status == "completed"
    assert sum(key.startswith(ARCHIVES) for key in every_object(live_app)) == 2


def test_the_deletion_of_the_account_takes_its_archives_along(live_app: Flask, tmp_path: Path):
    owner = somebody(live_app, stories=1)
    path = exported(live_app, owner, tmp_path / "a.zip")
    ask(live_app, owner)
    work(live_app)
    ask(live_app, owner, path)

    with live_app.app_context():
        scope.enter(scope.OWNER)
        deleted = account_deletion.delete(owner, by=None)
        db.session.commit()
        account_deletion.discard(deleted)
        chores.remove_abandoned()

    assert every_object(live_app) == set()
