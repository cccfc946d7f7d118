"""The export as a browser gets it: written after the view is done, in a session of its own."""

from flask.testing import FlaskClient

import scope
from extensions import db
from models import Role
from tests.conftest import signed_in
from tests.factories import make_user
from tests.live import live_app
from tests.subscribed import subscribe

__all__ = ["live_app"]


def test_a_file_that_is_written_after_the_view_still_acts_for_the_admin(live_app):
    live_app.test_client_class = FlaskClient
    with live_app.app_context():
        scope.enter(scope.OWNER)
        admin, reader = make_user("boss@earshot.test", Role.ADMIN), make_user("a@earshot.test")
        subscribe(reader)
        db.session.refresh(admin)
        db.session.remove()
    lines = signed_in(live_app, admin).get("/subscriptions/export.csv?plan=pro").text.splitlines()
    assert [line.split(",")[1] for line in lines] == ["email", "a@earshot.test"]
