"""A site that has feeds, and an app that may fetch them."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.live import with_settings
from tests.servers.web import Web, serving


@pytest.fixture
def site(app: Flask, transaction: None) -> Iterator[Callable[..., None]]:
    """Return a function that changes the site's settings for this test."""
    before = app.config["SETTINGS"]

    def change(**values: object) -> None:
        app.config["SETTINGS"] = with_settings(app, **values)

    yield change
    app.config["SETTINGS"] = before


@pytest.fixture
def web(site: Callable[..., None]) -> Iterator[Web]:
    """Run a site on loopback that may be fetched."""
    with serving() as running:
        site(fetch_allowed_hosts=running.place, fetch_timeout=3.0)
        yield running
