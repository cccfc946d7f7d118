"""Brings the database up to the newest migration: `python -m runtime.schema`.

When it is there already, which is the rule, nothing bigger than psycopg is imported.
"""

import ast
import os
import sys
from pathlib import Path

import click
import psycopg

from runtime.binaries import OLDEST
from runtime.problem import SAID, StartProblem

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


def main() -> None:
    """Do it; end with `SAID` and one line when the database cannot be used."""
    try:
        done = stamp(os.environ["DATABASE_URL"])
    except StartProblem as problem:
        click.echo(problem.message, err=True)
        sys.exit(SAID)
    if done != heads(MIGRATIONS):
        click.echo("Bringing the database up to date")
        words = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        # Alembic says at the level of information how it feels.
        environment = {"LOG_LEVEL": "warning"} | os.environ
        os.execve(sys.executable, words, environment)  # noqa: S606


def stamp(url: str) -> set[str]:
    """Return the migrations that the database says it is at; none when it is new.

    Raises:
        StartProblem: it cannot be reached, or is too old.
    """
    try:
        with psycopg.connect(plain(url), connect_timeout=10) as connection:
            if connection.info.server_version < OLDEST * 10000:
                version = connection.info.server_version // 10000
                raise StartProblem(
                    f"DATABASE_URL names PostgreSQL {version}; Earshot needs {OLDEST} or newer."
                )
            if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
                _check_fit(connection)
                return set()
            rows = connection.execute("SELECT version_num FROM alembic_version")
            return {row[0] for row in rows}
    except psycopg.Error as error:
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise StartProblem(f"Cannot use the database at DATABASE_URL: {reason}") from error


def _check_fit(connection: psycopg.Connection) -> None:
    """Say beforehand what the first migration would stumble over."""
    row = connection.execute(
        "SELECT current_setting('server_encoding'), r.rolsuper OR r.rolcreaterole OR 4 ="
        " (SELECT count(*) FROM pg_roles WHERE rolname IN"
        " ('earshot_app', 'earshot_admin', 'earshot_worker', 'earshot_accounts')"
        " AND pg_has_role(current_user, oid, 'member'))"
        " FROM pg_roles AS r WHERE r.rolname = current_user"
    ).fetchone()
    encoding, has_roles = row or ("", False)
    if encoding != "UTF8":
        raise StartProblem(
            f"The database at DATABASE_URL keeps text as {encoding}. Make one with ENCODING 'UTF8'."
        )
    if not has_roles:
        raise StartProblem(
            "The user of DATABASE_URL may not make roles. Give it CREATEROLE, or make and grant"
            " the four roles that docs/schema.md names."
        )


def heads(folder: Path) -> set[str]:
    """Return the migrations in `folder` that no other one follows.

    Read from their text: importing Alembic would take longer than all the rest of a start.
    """
    named: set[str] = set()
    followed: set[str] = set()
    for file in folder.glob("*.py"):
        for statement in ast.parse(file.read_text()).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    pass
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    pass
                case _:
                    continue
            if name == "revision":
                named.add(ast.literal_eval(value))
            elif name == "down_revision":
                before = ast.literal_eval(value)
                followed.update([before] if isinstance(before, str) else before or ())
    return named - followed


def plain(url: str) -> str:
    """Return the address as psql and libpq take it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


if __name__ == "__main__":
    main()
