"""Totals while many write at once, each in their own way: nothing drifts, nothing deadlocks."""

import random
import threading
from collections.abc import Callable

import psycopg

PEOPLE, WRITERS, TURNS = 8, 6, 25
KEPT = "SELECT * FROM user_totals ORDER BY user_id"
COUNTED = "SELECT * FROM counted_totals ORDER BY user_id"


def some(table: str, column: str = "id") -> str:
    """Return SQL for some rows that nobody else has in hands, so that rows are no rendezvous."""
    return f"SELECT {column} FROM {table} ORDER BY random() LIMIT 3 FOR UPDATE SKIP LOCKED"


STATEMENTS = [
    "INSERT INTO news_history (user_id, headline, content)"
    " SELECT id, 'h', 'c' FROM users ORDER BY random()",
    "INSERT INTO media_assets (user_id, type, url, byte_size)"
    " SELECT id, 'image', 'x', 1 + (random() * 9)::int FROM users ORDER BY random()",
    "INSERT INTO media_assets (news_id, type, url, byte_size)"
    f" SELECT id, 'audio', 'x', 5 FROM ({some('news_history')}) AS n",
    "INSERT INTO audio_tracks (user_id, url, text, duration, byte_size)"
    " SELECT id, 'http://x', 't', 1, 7 FROM users ORDER BY random()",
    # A story that goes to somebody else takes its media along.
    "UPDATE news_history SET user_id = (SELECT id FROM users ORDER BY random() LIMIT 1)"
    f" WHERE id IN ({some('news_history')})",
    f"UPDATE media_assets SET byte_size = byte_size + 3 WHERE id IN ({some('media_assets')})",
    f"UPDATE media_assets SET news_id = NULL WHERE id IN ({some('media_assets')})",
    f"DELETE FROM news_history WHERE id IN ({some('news_history')})",
    f"DELETE FROM media_assets WHERE id IN ({some('media_assets')})",
    f"DELETE FROM audio_tracks WHERE id IN ({some('audio_tracks')})",
]


def copy_stories(connection: psycopg.Connection) -> None:
    people = [row[0] for row in connection.execute("SELECT id FROM users ORDER BY random()")]
    with connection.cursor().copy(
        "COPY news_history (user_id, headline, content) FROM STDIN"
    ) as copy:
        for person in people * 3:
            copy.write_row((person, "copied", "c"))


def run(address: str, work: Callable[[psycopg.Connection, int], None]) -> list[Exception]:
    failures: list[Exception] = []

    def one(number: int) -> None:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("SET statement_timeout = '60s'")
                work(connection, number)
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=one, args=(n,)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return failures


def check(address: str) -> list[tuple]:
    with psycopg.connect(address) as connection:
        kept = connection.execute(KEPT).fetchall()
        assert kept == connection.execute(COUNTED).fetchall()
        assert connection.execute("SELECT rebuild_totals()").fetchone() == (0,)
        return kept


def people(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO users (email) SELECT n::text FROM generate_series(1, {PEOPLE}) AS n"
        )


def test_nothing_drifts_and_nothing_deadlocks_whoever_writes(new_database):
    address = new_database("totals_at_once").replace("+psycopg", "")
    people(address)

    def work(connection: psycopg.Connection, number: int) -> None:
        dice = random.Random(number)
        for turn in range(TURNS):
            if turn % 8 == number:
                copy_stories(connection)
            connection.execute(dice.choice(STATEMENTS))

    assert run(address, work) == []
    kept = check(address)
    assert sum(row[1] for row in kept) > 100
    assert sum(row[6] for row in kept) > 100


def test_a_table_that_is_emptied_while_others_write_counts_as_empty(new_database):
    address = new_database("totals_emptied").replace("+psycopg", "")
    people(address)

    def work(connection: psycopg.Connection, number: int) -> None:
        dice = random.Random(100 + number)
        for turn in range(12):
            if number == 0 and turn % 4 == 3:
                connection.execute("TRUNCATE audio_tracks, news_history, media_assets CASCADE")
            elif number == 1 and turn % 4 == 3:
                connection.execute("SELECT rebuild_totals()")
            else:
                connection.execute(dice.choice(STATEMENTS[:4]))

    failures = run(address, work)
    # To empty a table is to lock it whole: PostgreSQL may have to break such a circle.
    assert all(isinstance(error, psycopg.errors.DeadlockDetected) for error in failures), failures
    check(address)
