"""Fixtures that start the real servers; imported by a conftest.py."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from redis import Redis
from redis.exceptions import RedisError

from config import Settings
from runtime.address import free_port

S3_KEY, S3_SECRET, S3_REGION = "tests:tester", "a-secret-for-tests", "us-east-1"
PATIENCE = 60
"""Seconds a server may take to answer on a busy machine."""


def wait_until(ready: Callable[[], bool], what: str) -> None:
    """Poll until `ready`, or fail and say for `what`."""
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not so after {PATIENCE} s")
        time.sleep(0.02)


@dataclass
class S3Service:
    """A running S3 service with one bucket."""

    endpoint: str
    bucket: str = "tests"
    prefixes: Iterator[int] = field(default_factory=count)

    def client(self) -> Any:
        """Return a client that sees everything in it."""
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=S3_REGION)

    def settings(self, folder: Path, **more: object) -> Settings:
        """Return settings that store below a prefix that nobody has used."""
        values = {"s3_bucket": self.bucket, "s3_prefix": f"test{next(self.prefixes)}"} | more
        return Settings(
            data_dir=folder,
            s3_endpoint_url=self.endpoint,
            s3_region=S3_REGION,
            **values,
        )


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory) -> Iterator[S3Service]:
    """Run Swift's S3 API, with its credentials in the environment as in production."""
    folder = _folder_with_attributes(tmp_path_factory.mktemp("s3"))
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", Path(__file__).with_name("s3_server.py"), folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
    )
    try:
        port = process.stdout.readline().decode().strip()
        if not port:
            pytest.fail(f"the S3 server did not start:\n{(folder / 'log').read_text()}")
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AWS_ACCESS_KEY_ID", S3_KEY)
            environment.setenv("AWS_SECRET_ACCESS_KEY", S3_SECRET)
            environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
            service = S3Service(f"http://127.0.0.1:{port}")
            service.client().create_bucket(Bucket=service.bucket)
            yield service
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()
        log.close()


@dataclass
class RedisServer:
    """A Redis that can be stopped, frozen and started again on its port."""

    binary: str
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        self.process = subprocess.Popen(
            [self.binary, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
             "--appendonly", "no", "--dir", self.folder],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, "redis answers")

    def stop(self) -> None:
        """Kill it, as an outage would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Let it keep its connections and answer nobody."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        self.process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with suppress(RedisError), Redis(port=self.port, socket_timeout=1) as client:
            return bool(client.ping())
        return False


@pytest.fixture
def redis_server(tmp_path) -> Iterator[RedisServer]:
    """Run Debian's redis-server, or the one that REDIS_SERVER names."""
    binary = shutil.which(os.environ.get("REDIS_SERVER", "redis-server"))
    if binary is None:
        missing = "redis-server is not installed; REDIS_SERVER may name another"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    server = RedisServer(binary, tmp_path)
    server.start()
    yield server
    server.stop()


def _folder_with_attributes(folder: Path) -> Path:
    """Return `folder`, which the S3 server can only use if files may carry attributes."""
    try:
        os.setxattr(folder, "user.tests", b"1")
    except OSError:
        pytest.fail(
            f"the S3 server needs extended attributes, which {folder} doesn't have:"
            " set TMPDIR to a folder on a disk"
        )
    return folder
