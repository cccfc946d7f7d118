"""What the tests of services share."""

from tests.servers.fixtures import redis_server, s3_service

__all__ = ["redis_server", "s3_service"]
