"""A local site that may be fetched, and one that may not."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from services import fetching
from services.fetching import Fetched, Limits
from tests.live import with_settings
from tests.servers.web import Web, serving

QUICK = Limits(seconds=1, most_bytes=200_000)


@pytest.fixture
def allowed(app: Flask) -> Iterator[Callable[[str], None]]:
    """Return a function that names the private hosts to be fetched, for this test."""
    before = app.config["SETTINGS"]

    def change(hosts: str) -> None:
        app.config["SETTINGS"] = with_settings(app, fetch_allowed_hosts=hosts)

    with app.app_context():
        yield change
    app.config["SETTINGS"] = before


@pytest.fixture
def web(allowed: Callable[[str], None]) -> Iterator[Web]:
    """Run a site on loopback, which is named as one that may be fetched."""
    with serving() as site:
        allowed(site.place)
        yield site


@pytest.fixture
def inside(app: Flask) -> Iterator[Web]:
    """Run a site on loopback that must never be asked anything."""
    with serving() as site:
        site.pages["*"] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"
        yield site
        assert site.asked == []


@pytest.fixture
def fetch() -> Callable[..., Fetched]:
    """Return `fetch` with little time and room."""

    def quickly(url: str, **more: object) -> Fetched:
        more.setdefault("limits", QUICK)
        return fetching.fetch(url, **more)  # type: ignore[arg-type]

    return quickly
