"""An app whose storage and voices a test may break, and real workers beside it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from services.storage import connect
from tests.live import live_app, with_settings
from tests.services.voices import provider as providers
from tests.services.voices.provider import Asked, Provider, Reply
from tests.services.worker.workshop import Workshop

__all__ = ["live_app"]


@pytest.fixture
def site(app: Flask, transaction: None) -> Iterator[Callable[..., None]]:
    """Return a function that changes the site's settings for this test; waits are short."""
    before, storage = app.config["SETTINGS"], app.extensions.pop("storage", None)

    def change(**values: object) -> None:
        app.config["SETTINGS"] = with_settings(app, **values)
        app.extensions["storage"] = connect(app.config["SETTINGS"])

    change(narration_backoff=0.0, narration_heartbeat=0.2, voice_backoff=0.01, voice_attempts=2)
    yield change
    app.config["SETTINGS"] = before
    app.extensions.pop("storage", None)
    if storage is not None:
        app.extensions["storage"] = storage


@pytest.fixture
def speech_server(site: Callable[..., None]) -> Iterator[Callable[..., Provider]]:
    """Return a maker of a speech server that answers as told, and is this site's `openai`."""
    with ExitStack() as stack:

        def make(answer: Callable[[Asked], Reply] = providers.speech_server) -> Provider:
            server = stack.enter_context(providers.provider(answer))
            site(openai_speech_url=server.url, voice_timeout=1.0)
            return server

        yield make


@pytest.fixture
def workshop(live_app: Flask, tmp_path: Path) -> Iterator[Workshop]:
    """Open a workshop on a database of its own."""
    shop = Workshop(live_app, tmp_path)
    yield shop
    shop.close()


@pytest.fixture
def gate() -> Iterator[tuple[threading.Event, dict[str, str]]]:
    """Run a speech server that says nothing before its gate opens; yield how to reach it."""
    opened = threading.Event()

    def answer(asked: Asked) -> Reply:
        opened.wait(20)
        return providers.speech_server(asked)

    with providers.provider(answer) as server:
        yield opened, {"OPENAI_SPEECH_URL": server.url, "VOICE_TIMEOUT": "20"}
        opened.set()
