"""A database that goes away and comes back under a worker."""

import flask_migrate

from app import create_app
from extensions import db
from runtime import Cluster
from tests.services.worker.workshop import Workshop, until


def test_a_database_that_is_restarted_loses_nothing_and_stops_no_worker(
    tmp_path, make_settings, gate
):
    opened, reach = gate
    cluster = Cluster.at(tmp_path / "postgres", durable=False)
    app = create_app(make_settings(database_url=cluster.start()))
    with app.app_context():
        flask_migrate.upgrade()
    shop = Workshop(app, tmp_path)
    try:
        shop.ask(2, voice_id="openai:alloy", **reach)
        # Long enough that a slow machine does not lose them by being slow.
        worker = shop.worker(**reach, NARRATION_LEASE="6")
        until(lambda: shop.states() == {"processing": 2})

        cluster.stop(kill=True)
        opened.set()  # what was spoken meanwhile is not lost
        cluster.start(cluster.port)

        until(lambda: shop.states() == {"completed": 2})
        assert shop.is_whole(2)
        assert worker.poll() is None
        assert shop.value("SELECT sum(failures) FROM audio_generation_history") <= 2
    finally:
        shop.close()
        with app.app_context():
            db.engine.dispose()
        cluster.stop(kill=True)
