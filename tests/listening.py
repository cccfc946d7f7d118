"""Readers with a podcast, and apps that fetch it: no cookies, no session."""

from typing import Any

import feedparser
from flask import Flask
from flask.testing import FlaskClient

from models import User
from queries.podcasts import podcast_of
from services import podcasts
from services.audit import Person


def by(user: User) -> Person:
    """Return a reader as the audit log names them."""
    return Person(user.id, user.email)


def make_podcast(owner: User) -> str:
    """Give a reader a podcast and return where it begins: `/podcast/<token>`."""
    from extensions import db

    podcasts.create(owner.id, by=by(owner))
    db.session.commit()
    return base_of(owner)


def base_of(owner: User) -> str:
    """Return where a reader's podcast begins."""
    podcast = podcast_of(owner.id)
    assert podcast
    return f"/podcast/{podcast.token}"


def app_of(app: Flask) -> FlaskClient:
    """Return what fetches podcasts: somebody without cookies."""
    return app.test_client(use_cookies=False)


def fetched(client: FlaskClient, address: str) -> Any:
    """Fetch a feed and read it as apps do."""
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    parsed = feedparser.parse(reply.data)
    assert not parsed.bozo, parsed.bozo_exception
    return parsed
