"""Plans that allow little, for tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from tests.live import with_settings


@contextmanager
def allowing(
    app: Flask, plan: str = "free", contact: str = "", **limits: int | None
) -> Iterator[None]:
    """Let a plan of this site allow so much within a block."""
    before = app.config["SETTINGS"]
    setting = json.dumps({plan: limits})
    app.config["SETTINGS"] = with_settings(app, plan_limits=setting, contact=contact)
    try:
        yield
    finally:
        app.config["SETTINGS"] = before
