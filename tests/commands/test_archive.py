"""flask archive: out of one account and into another."""

from pathlib import Path

from flask import Flask
from sqlalchemy import select

import scope
from extensions import db
from models import User
from tests.archived import every_object, holdings, named_objects, somebody
from tests.live import live_app

__all__ = ["live_app"]


def email_of(app: Flask, user_id) -> str:
    with app.app_context():
        scope.enter(scope.OWNER)
        email = db.session.scalar(select(User.email).where(User.id == user_id))
        db.session.rollback()
        return email


def run(app: Flask, *words: str):
    return app.test_cli_runner().invoke(args=["archive", *words])


def test_out_and_in_again(live_app: Flask, tmp_path: Path):
    owner, reader = somebody(live_app, stories=2), somebody(live_app)
    file = tmp_path / "mine.zip"

    out = run(live_app, "export", email_of(live_app, owner), str(file))
    back = run(live_app, "import", email_of(live_app, reader), str(file))

    assert out.exit_code == 0, out.output
    assert "2 stories, 6 files" in out.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]
    assert back.exit_code == 0, back.output
    assert "Brought in: 2 stories" in back.output
    assert len(holdings(live_app, reader)["news_history"]) == 2
    assert every_object(live_app) == named_objects(live_app)


def test_what_can_not_be_done_is_told_in_a_line(live_app: Flask, tmp_path: Path):
    reader = email_of(live_app, somebody(live_app))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK")

    nobody = run(live_app, "export", "nobody@earshot.test", str(tmp_path / "a.zip"))
    damaged = run(live_app, "import", reader, str(broken))
    nowhere = run(live_app, "export", reader, str(tmp_path / "no" / "a.zip"))

    for result in (nobody, damaged, nowhere):
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
    assert "can't be read as an archive" in damaged.output
