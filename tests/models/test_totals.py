"""The totals that the database keeps, whoever writes."""

import threading

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import scope
from extensions import db
from tests.factories import make_user

KEPT = text("SELECT * FROM user_totals ORDER BY user_id")
COUNTED = text("SELECT * FROM counted_totals ORDER BY user_id")
CHANGES = [
    "INSERT INTO news_history (user_id, headline, content)"
    " SELECT id, 'h', 'c' FROM users CROSS JOIN generate_series(1, 2)",
    "INSERT INTO media_assets (news_id, type, url, byte_size)"
    " SELECT id, 'image', 'http://x', 10 FROM news_history",
    "INSERT INTO media_assets (user_id, type, url, byte_size)"
    " SELECT id, 'audio', 'http://x', 7 FROM users",
    "INSERT INTO audio_tracks (news_id, url, text, duration, byte_size)"
    " SELECT id, 'http://x', 't', 1, 5 FROM news_history LIMIT 2",
    "INSERT INTO media_assets (news_id, type, url, track_id)"
    " SELECT t.news_id, 'audio', t.url, t.id FROM audio_tracks AS t WHERE t.news_id IS NOT NULL"
    " ON CONFLICT DO NOTHING",
    "UPDATE news_history SET user_id = (SELECT min(id::text)::uuid FROM users)"
    " WHERE id = (SELECT max(id::text)::uuid FROM news_history)",
    "UPDATE media_assets SET type = 'audio' WHERE type = 'image'",
    "UPDATE media_assets SET byte_size = byte_size + 3",
    "UPDATE media_assets SET news_id = NULL WHERE id = (SELECT min(id::text)::uuid FROM media_assets)",
    "DELETE FROM news_history WHERE id = (SELECT min(id::text)::uuid FROM news_history)",
    "DELETE FROM media_assets WHERE news_id IS NULL",
    "DELETE FROM audio_tracks",
    "DELETE FROM users WHERE id = (SELECT max(id::text)::uuid FROM users)",
    "INSERT INTO users (email) SELECT gen_random_uuid()::text",
    "TRUNCATE media_assets",
    "TRUNCATE news_history CASCADE",
]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(st.sampled_from(CHANGES), max_size=12))
@pytest.mark.usefixtures("transaction")
def test_totals_are_right_after_any_statements(changes):
    scope.enter(scope.OWNER)
    make_user()
    make_user()
    for statement in changes:
        db.session.execute(text(statement))
        assert db.session.execute(KEPT).all() == db.session.execute(COUNTED).all()
    assert db.session.scalar(text("SELECT rebuild_totals()")) == 0


@pytest.mark.usefixtures("transaction")
def test_rebuilding_mends_what_was_bent():
    user = make_user()
    db.session.execute(text("UPDATE user_totals SET news = 99, bytes = -1"))
    assert db.session.scalar(text("SELECT rebuild_totals()")) >= 1
    assert db.session.execute(KEPT).all() == db.session.execute(COUNTED).all()
    assert user.id


def test_totals_are_right_after_many_writers_at_once(new_database):
    address = new_database("many_writers").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('a'), ('b'), ('c')")

    def write(number: int) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            for turn in range(15):
                order = "ASC" if (number + turn) % 2 else "DESC"
                connection.execute(
                    "INSERT INTO news_history (user_id, headline, content)"
                    f" SELECT id, 'h', 'c' FROM (SELECT id FROM users ORDER BY email {order}) AS u"
                )
                connection.execute(
                    "DELETE FROM news_history WHERE ctid IN"
                    " (SELECT ctid FROM news_history LIMIT 1 FOR UPDATE SKIP LOCKED)"
                )

    writers = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with psycopg.connect(address) as connection:
        kept = connection.execute(KEPT.text).fetchall()
        assert kept == connection.execute(COUNTED.text).fetchall()
        assert sum(row[1] for row in kept) > 100
