"""The house rules, so that nobody has to remember them."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

import queries
from extensions import db
from models import User
from tests.tokens import program

ROOT = Path(__file__).parents[1]
LAYERS = ("blueprints", "commands", "models", "queries", "runtime", "services")
SOURCES = sorted(
    path for folder in (*LAYERS, "migrations", "bench") for path in (ROOT / folder).rglob("*.py")
) + sorted(ROOT.glob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted(p for p in (ROOT / "static").rglob("*.js") if "vendor" not in p.parts)
MAY_COMMIT = {"blueprints", "commands"}
BELOW = {
    "models": {"blueprints", "services", "queries", "commands"},
    "queries": {"blueprints", "services", "commands"},
    "services": {"blueprints", "commands"},
    "runtime": {"blueprints", "services", "queries", "models", "commands"},
    "blueprints": {"commands"},
}
PUBLIC = {
    "static",
    "accounts.sign_in",
    "accounts.register",
    "accounts.forgot",
    "accounts.reset",
    "accounts.sign_out",
    "accounts.theme",
    "api.description",
    "health.live",
    "health.ready",
}
NEEDED = {
    "api.set_story_tags": {"tags": []},
    "api.add_story_tags": {"tags": []},
    "api.rename_tag": {"name": "x"},
}
"""The least that is sent to addresses of the API which ask for something."""


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*SOURCES, *TEMPLATES, *SCRIPTS], ids=name_of)
def test_no_file_is_over_300_lines(path: Path):
    assert len(path.read_text().splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_views_and_commands_commit(path: Path):
    if path.relative_to(ROOT).parts[0] in MAY_COMMIT or "worker" in path.parts:
        return
    assert "session.commit()" not in path.read_text()


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_down_only(path: Path):
    layer = path.relative_to(ROOT).parts[0]
    assert not imported(path) & BELOW.get(layer, set())
    if layer == "queries":
        assert not imported(path) & {"flask", "flask_login", "htmx_flask"}


def documented_queries() -> list:
    return [
        function
        for found in pkgutil.iter_modules(queries.__path__)
        for _, function in inspect.getmembers(
            importlib.import_module(f"queries.{found.name}"), inspect.isfunction
        )
        if function.__module__ == f"queries.{found.name}" and "SQL:" in (function.__doc__ or "")
    ]


@pytest.mark.usefixtures("transaction")
@pytest.mark.parametrize("query", documented_queries(), ids=lambda q: q.__qualname__)
def test_the_sql_in_a_docstring_is_sql(query):
    """PostgreSQL plans every documented statement against the real schema."""
    sql = inspect.getdoc(query).partition("SQL:")[2].partition("\nRaises:")[0]
    names = set(re.findall(r"(?<![:\w]):(\w+)", sql))
    db.session.execute(text("EXPLAIN " + sql), dict.fromkeys(names))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_hold_nothing_inline(path: Path):
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    assert "<style" not in source
    markup = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", source, flags=re.S)
    assert not re.search(r"\sstyle=", markup)
    assert not re.search(r"<[^>{%]*\son[a-z]+=", source)


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.name.startswith("_")], ids=name_of)
def test_a_fragment_says_what_it_needs(path: Path):
    assert path.read_text().startswith("{#")


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        adapter = app.url_map.bind("localhost")
        values = {
            name: UUID(int=0) if type(rule._converters[name]).__name__ == "UUIDConverter" else "x"
            for name in rule.arguments
        }
        path = adapter.build(rule.endpoint, values, method=sorted(rule.methods)[0])
        found += [
            (rule.endpoint, path, method) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
        ]
    return found


def test_a_stranger_is_turned_away_everywhere(app: Flask, client: FlaskClient):
    client.post("/register", data={"email": "first@earshot.test", "password": "long enough pw"})
    client.post("/logout")
    for endpoint, path, method in addresses(app):
        if endpoint in PUBLIC:
            continue
        reply = client.open(path, method=method)
        if endpoint.startswith("podcast_feed."):
            # The secret in the address is the key; a wrong one opens nothing.
            assert reply.status_code == 404, (endpoint, method, reply.status_code)
            assert "Set-Cookie" not in reply.headers
            continue
        if endpoint.startswith("api."):
            # Programs are not shown to a form.
            assert reply.status_code == 401, (endpoint, method, reply.status_code)
            assert reply.mimetype == "application/problem+json"
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")
            continue
        assert reply.status_code in {302, 303, 401}, (endpoint, method, reply.status_code)
        assert "/login" in reply.headers["Location"]


def test_an_id_that_is_not_yours_is_a_404_on_every_route_and_method(
    app: Flask, me: FlaskClient, reader: User
):
    mine = program(app, reader)
    for endpoint, path, method in addresses(app):
        if str(UUID(int=0)) in path:
            if endpoint.startswith("api."):
                body = NEEDED.get(endpoint, {} if method == "PATCH" else None)
                reply = mine.ask(method, path.removeprefix("/api/v1"), json=body)
            else:
                reply = me.open(path, method=method)
            assert reply.status_code == 404, (endpoint, method, reply.status_code)


def test_public_functions_and_modules_are_documented():
    silent = []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        if tree.body and not ast.get_docstring(tree):
            silent.append(name_of(path))
    assert silent == []
