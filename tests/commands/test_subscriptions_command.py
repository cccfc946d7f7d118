"""flask subscriptions."""

from sqlalchemy import text

import scope
from commands.subscriptions import command
from extensions import db
from tests.factories import make_user
from tests.live import live_app
from tests.subscribed import DAY, NOW, subscribe

__all__ = ["live_app"]


def test_expire_writes_down_what_has_expired(live_app):
    with live_app.app_context():
        scope.enter(scope.OWNER)
        subscribe(make_user(), end=NOW - DAY)
        db.session.remove()
    runner = live_app.test_cli_runner()
    assert runner.invoke(command, ["expire"]).output == "1 subscription has expired.\n"
    assert runner.invoke(command, ["expire"]).output == "0 subscriptions have expired.\n"
    with live_app.app_context():
        scope.enter(scope.OWNER)
        assert (
            db.session.scalar(text("SELECT status FROM subscriptions WHERE plan = 'pro'"))
            == "expired"
        )
