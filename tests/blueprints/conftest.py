"""What the tests of pages share."""

from tests.live import live_app
from tests.servers.fixtures import s3_service

__all__ = ["live_app", "s3_service"]
