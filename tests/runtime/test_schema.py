"""Whether the database is at the newest migration, without importing Alembic."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from runtime import StartProblem, schema


def test_it_sees_the_same_newest_migration_as_alembic():
    script = ScriptDirectory(str(schema.MIGRATIONS.parent))
    assert schema.heads(schema.MIGRATIONS) == set(script.get_heads())


def test_a_migration_that_another_follows_is_not_the_newest(tmp_path: Path):
    (tmp_path / "0001.py").write_text('revision = "a"\ndown_revision = None\n')
    (tmp_path / "0002.py").write_text('revision: str = "b"\ndown_revision: str | None = "a"\n')
    (tmp_path / "0003.py").write_text('revision = "c"\ndown_revision = ("a", "b")\n')
    assert schema.heads(tmp_path) == {"c"}


def test_it_reads_where_a_database_is(new_database: Callable[[str], str]):
    url = new_database("migrated")
    assert schema.stamp(url) == schema.heads(schema.MIGRATIONS)
    empty = url.replace("/migrated", "/postgres")
    assert schema.stamp(empty) == set()


def test_a_database_that_does_not_answer_is_one_line_without_its_password():
    with pytest.raises(StartProblem) as problem:
        schema.stamp("postgresql+psycopg://me:hush@127.0.0.1:9/none")
    assert "DATABASE_URL" in problem.value.message
    assert "hush" not in problem.value.message
    assert "\n" not in problem.value.message
