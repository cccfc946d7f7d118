"""A reader tries every admin page by every method: nothing opens, nothing happens, it is noted."""

from collections import Counter
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from blueprints.access import is_for_admins
from extensions import db
from models import AuditEntry, Role, User
from tests.conftest import signed_in
from tests.factories import make_user
from tests.models.test_scope import furnished

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WATCHED = (
    "users",
    "subscriptions",
    "account_tokens",
    "news_history",
    "media_assets",
    "audio_tracks",
    "usage_metrics",
    "user_totals",
    "abandoned_objects",
)


def admin_addresses(app: Flask, user_id: UUID) -> list[tuple[str, str]]:
    """Return every address for admins alone, with its endpoint; ids are those of `user_id`."""
    found = {}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if is_for_admins(rule.endpoint):
            values = dict.fromkeys(rule.arguments, user_id)
            path = adapter.build(rule.endpoint, values, method=sorted(rule.methods or ())[0])
            found.setdefault(path, rule.endpoint)
    return sorted((endpoint, path) for path, endpoint in found.items())


def everything() -> dict[str, list[str]]:
    """Return all rows of the tables that an admin could change, as text."""
    return {
        table: sorted(db.session.scalars(text(f"SELECT t::text FROM {table} AS t")))
        for table in WATCHED
    }


def refusals() -> Counter[tuple[str, str]]:
    """Return how often which method was refused on which page."""
    rows = db.session.scalars(select(AuditEntry.after).where(AuditEntry.action == "admin.refused"))
    return Counter((after["method"], after["page"]) for after in rows)


def test_the_pages_for_admins_are_known(app: Flask):
    with app.app_context():
        names = {rule.endpoint for rule in app.url_map.iter_rules() if is_for_admins(rule.endpoint)}
    assert {
        "users.index",
        "users.export",
        "users.show",
        "users.promote",
        "users.suspend",
        "users.delete",
        "users.invite",
        "users.revoke",
        "audit.index",
        "audit.export",
    } <= names
    assert {
        rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("users.")
    } <= names
    assert not is_for_admins_in(app, "news.index")


def is_for_admins_in(app: Flask, endpoint: str) -> bool:
    with app.app_context():
        return is_for_admins(endpoint)


def test_a_reader_is_refused_everywhere_by_every_method_and_it_is_noted(
    app: Flask, me: FlaskClient, reader: User
):
    make_user(role=Role.ADMIN)
    victim = furnished()
    with app.app_context():
        addresses = admin_addresses(app, victim.id)
    assert len(addresses) >= 12
    reader_id = reader.id
    me.get("/")
    before, noted = everything(), refusals()
    data = {"email": victim.email, "reason": "Mine", "sure": "1", "ids": str(victim.id)}

    for endpoint, path in addresses:
        for method in METHODS:
            reply = me.open(path, method=method, data=data)
            assert reply.status_code in {403, 404}, (method, path, reply.status_code)
            after = refusals()
            ((refused, page),) = (after - noted).elements()
            assert refused == method
            assert page.partition(".")[0] == endpoint.partition(".")[0]
            noted = after
    assert everything() == before
    actors = db.session.scalars(
        select(AuditEntry.actor_id).where(AuditEntry.action == "admin.refused")
    )
    assert set(actors) == {reader_id}
    assert noted.total() == len(addresses) * len(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_a_stranger_learns_nothing_and_leaves_no_entry(
    app: Flask, client: FlaskClient, method: str
):
    make_user(role=Role.ADMIN)
    reply = client.open("/users/", method=method)
    assert reply.status_code in {200, 302, 303, 405}
    assert reply.status_code != 200 or method == "OPTIONS"
    assert not refusals()


@pytest.mark.usefixtures("transaction")
def test_an_admin_is_told_what_may_be_asked(app: Flask):
    admin = signed_in(app, make_user(role=Role.ADMIN))
    assert admin.delete("/users/").status_code == 405
    assert "GET" in admin.options("/users/").headers["Allow"]


def test_the_log_says_who_tried(app: Flask, me: FlaskClient, reader: User):
    email = reader.email
    admin = signed_in(app, make_user(role=Role.ADMIN))
    me.get("/audit/")
    page = admin.get("/audit/?action=admin.refused").text
    assert "Tried an admin page" in page
    assert email in page
    assert "audit.index" in page
