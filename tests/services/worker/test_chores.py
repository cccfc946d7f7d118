"""What the worker does beside narrating."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from extensions import db
from models import AccountToken, Throttle
from models.accounts import TokenPurpose
from services.storage import open_storage
from services.worker import chores
from services.worker.chores import Chore, all_chores, do_due
from services.worker.work import FOLDER
from tests.stored import store

pytestmark = pytest.mark.usefixtures("site")


def test_all_of_them_can_be_done_as_the_worker(caplog):
    do_due(all_chores())

    assert "could not look after" not in caplog.text


def test_each_is_done_when_due_and_one_that_fails_stops_no_other(caplog):
    done = []

    def break_down():
        raise RuntimeError("no")

    several = [Chore("first", 60, break_down), Chore("second", 60, lambda: done.append(1))]
    do_due(several)
    do_due(several)

    assert done == [1]
    assert "could not look after: first" in caplog.text


def test_files_of_deleted_accounts_are_removed():
    key = store()
    statement = text("INSERT INTO abandoned_objects (key) VALUES (:key), ('audio/gone')")
    db.session.execute(statement, {"key": key})
    db.session.commit()

    chores.remove_abandoned()

    assert not open_storage().exists(key)
    assert db.session.scalar(text("SELECT count(*) FROM abandoned_objects")) == 0


def test_months_are_made_ahead():
    db.session.execute(text("DROP TABLE usage_metrics_default CASCADE"))
    for (name,) in db.session.execute(
        text(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'usage_metrics'::regclass"
        )
    ).all():
        db.session.execute(text(f"DROP TABLE {name}"))
    db.session.execute(
        text("CREATE TABLE usage_metrics_default PARTITION OF usage_metrics DEFAULT")
    )
    db.session.commit()

    chores.make_months()

    made = db.session.scalar(
        text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_metrics'::regclass")
    )
    assert made == 1 + chores.MONTHS_AHEAD


def test_old_counters_and_links_are_swept_and_fresh_ones_stay():
    now = datetime.now(UTC)
    for key, minutes in (("old", -1), ("fresh", 10)):
        db.session.add(Throttle(key=key, tries=1, window_ends_at=now + timedelta(minutes=minutes)))
    for digest, days in (("old", 31), ("fresh", 1)):
        db.session.add(
            AccountToken(
                digest=digest,
                purpose=TokenPurpose.INVITE,
                email="a@b.c",
                expires_at=now - timedelta(days=days),
            )
        )
    db.session.commit()

    chores.sweep_accounts()

    assert db.session.scalars(text("SELECT key FROM throttles")).all() == ["fresh"]
    assert db.session.scalars(text("SELECT digest FROM account_tokens")).all() == ["fresh"]


def test_half_made_sounds_of_dead_workers_are_removed(site, tmp_path):
    site(data_dir=tmp_path)
    for name, hours in (("old", 25), ("fresh", 1)):
        folder = tmp_path / FOLDER / name
        folder.mkdir(parents=True)
        then = time.time() - hours * 3600
        os.utime(folder, (then, then))

    chores.remove_unfinished_files()

    assert [one.name for one in (tmp_path / FOLDER).iterdir()] == ["fresh"]
