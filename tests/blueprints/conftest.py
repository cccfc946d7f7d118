"""What the tests of pages share."""

import pytest

from services import sandbox
from services.sandbox import pool
from tests.live import live_app
from tests.servers.fixtures import s3_service

__all__ = ["live_app", "s3_service"]


@pytest.fixture
def busy_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every child that reads pages be at something else, and waiting for one be short."""
    mine = pool._Pool()
    for _ in range(pool.MOST):
        mine._room.acquire()
    monkeypatch.setattr(pool, "_pool", mine)
    monkeypatch.setattr(pool, "PATIENCE", 0.2)
    monkeypatch.setattr(sandbox, "PATIENCE", 0.2)
