"""flask demo: an account that looks lived in."""

import pytest
from flask import Flask

import scope
from commands import demo
from extensions import db
from models import MediaAsset, NewsStory
from services.demo.stories import STORIES
from services.storage.directory import DirectoryStorage
from tests.live import live_app

__all__ = ["live_app"]

SAMPLE = next(one for one in STORIES if one.pictures and one.sound)


@pytest.fixture(autouse=True)
def _one_sample(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "STORIES", (SAMPLE,))


def test_a_second_run_adds_nothing_and_pictures_say_what_they_show(live_app: Flask):
    run = live_app.test_cli_runner().invoke
    first = run(demo.command)
    assert "with the password" in first.output
    assert "has 1 new stories, 1 of them read aloud" in first.output
    assert "has 0 new stories" in run(demo.command).output
    with live_app.app_context():
        scope.enter(scope.OWNER)
        stored = db.session.query(MediaAsset).order_by(MediaAsset.created_at).all()
        kept = [asset for asset in stored if asset.track_id is None]
        assert len(stored) == len(kept) + 1, "its narration"
    pictures = [words for _, words in SAMPLE.pictures]
    assert [asset.title for asset in kept] == [*pictures, SAMPLE.sound]
    assert [asset.alt_text for asset in kept] == [*pictures, ""]
    assert not any("alt_text" in asset.metadata_ for asset in kept)


def test_a_failure_is_not_taken_for_a_story_that_is_there(live_app: Flask, tmp_path):
    nowhere = tmp_path / "a file"
    nowhere.touch()
    live_app.extensions["storage"] = DirectoryStorage(nowhere, "http://localhost")
    reply = live_app.test_cli_runner().invoke(demo.command)
    assert reply.exit_code == 1
    assert "Storage is not answering" in reply.output
    with live_app.app_context():
        scope.enter(scope.OWNER)
        assert db.session.query(NewsStory).count() == 0
