"""`flask database`, against a real server."""

from pathlib import Path

import psycopg
import pytest
from flask import Flask

from tests.factories import make_story, make_user


@pytest.fixture
def address(new_database, monkeypatch: pytest.MonkeyPatch, request) -> str:
    """Return the address of a database of its own, which the commands find in the environment."""
    url = new_database(f"command_{request.node.name}"[:60])
    monkeypatch.setenv("DATABASE_URL", url)
    return url.replace("+psycopg", "")


def emails(address: str) -> list[str]:
    with psycopg.connect(address) as connection:
        return [row[0] for row in connection.execute("SELECT email FROM users ORDER BY email")]


def test_a_backup_brings_back_what_was_there(app: Flask, address: str, tmp_path: Path):
    runner, file = app.test_cli_runner(), tmp_path / "a b.dump"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('kept')")
        assert runner.invoke(args=["database", "backup", str(file)]).exit_code == 0
        connection.execute("DELETE FROM users")
        connection.execute("INSERT INTO users (email) VALUES ('later')")
    done = runner.invoke(args=["database", "restore", str(file), "--yes"])
    assert done.exit_code == 0, done.output
    assert emails(address) == ["kept"]
    with psycopg.connect(address) as connection:
        connection.execute("SET ROLE earshot_app")
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_a_broken_backup_changes_nothing(app: Flask, address: str, tmp_path: Path):
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"not a dump")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("INSERT INTO users (email) VALUES ('kept')")
    done = app.test_cli_runner().invoke(args=["database", "restore", str(broken), "--yes"])
    assert done.exit_code == 1
    assert "pg_restore failed" in done.output
    assert emails(address) == ["kept"]


def test_a_backup_that_fails_leaves_no_file(app: Flask, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/nowhere")
    done = app.test_cli_runner().invoke(args=["database", "backup", str(tmp_path / "x.dump")])
    assert done.exit_code == 1
    assert "secret" not in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("transaction")
def test_months_and_totals_can_be_looked_after(app: Flask):
    make_story(make_user())
    runner = app.test_cli_runner()
    assert "Made 0 of 4" in runner.invoke(args=["database", "partitions"]).output
    assert "All totals are right" in runner.invoke(args=["database", "totals"]).output
