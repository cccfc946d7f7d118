"""Objects in a bucket of any S3-compatible service."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Self, cast
from urllib.parse import quote

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from config import Settings
from errors import ObjectMissing, StorageError
from services.storage.objects import (
    ObjectBody,
    Source,
    StoredObject,
    check_key,
    is_key,
    reading,
    span,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)

# At their most talkative these print whole requests, signatures included.
for _library in ("boto3", "botocore", "s3transfer", "urllib3"):
    logging.getLogger(_library).setLevel(logging.WARNING)

_PARTS = TransferConfig(
    multipart_threshold=16 * 1024 * 1024,
    multipart_chunksize=8 * 1024 * 1024,
    # One part at a time: the calling thread's own, so that uploads don't multiply threads.
    use_threads=False,
)
_BUSY = "Storage is not answering right now. Try again in a moment."


class _OutOfRangeError(StorageError):
    """The service has no such part of the object."""


class S3Storage:
    """A bucket, or the part of one below a prefix, with S3's errors turned into ours."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str, address: str) -> None:
        """Keep objects in `bucket` under `prefix`; `address` is what `url` starts with."""
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._address = address

    @classmethod
    def from_settings(cls, settings: Settings, bucket: str) -> Self:
        """Return the configured bucket; credentials come from boto3's own chain."""
        # A session of its own: boto3's shared one must not be used by two threads at once.
        client = boto3.Session().client(
            "s3",
            endpoint_url=settings.s3_endpoint_url,
            region_name=settings.s3_region,
            config=ClientConfig(
                connect_timeout=3,
                read_timeout=20,
                retries={"total_max_attempts": 3, "mode": "standard"},
                max_pool_connections=2 * settings.web_threads,
                signature_version="s3v4",
                s3={"addressing_style": "path" if settings.s3_endpoint_url else "auto"},
                # Not every compatible service knows the newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        if settings.s3_endpoint_url:
            address = f"{settings.s3_endpoint_url.rstrip('/')}/{bucket}"
        else:
            address = f"https://{bucket}.s3.{client.meta.region_name}.amazonaws.com"
        prefix = settings.s3_prefix.strip("/")
        return cls(client, bucket, f"{prefix}/" if prefix else "", address)

    def put(self, key: str, source: Source, content_type: str) -> None:
        """Send the object, in parts when it is big; S3 shows it only when it is whole."""
        name = self._name(key)
        with _translate(key), reading(source) as stream:
            self._client.upload_fileobj(
                cast("BinaryIO", _KeptOpen(stream)),
                self._bucket,
                name,
                ExtraArgs={"ContentType": content_type},
                Config=_PARTS,
            )

    def open(self, key: str, start: int = 0, length: int | None = None) -> ObjectBody:
        """Ask for the object, or a range of it."""
        name = self._name(key)
        if start < 0 or (length is not None and length <= 0):
            return self._nothing(key, start, length)
        whole = start == 0 and length is None
        last = "" if length is None else start + length - 1
        try:
            with _translate(key, missing=True):
                if whole:
                    answer = self._client.get_object(Bucket=self._bucket, Key=name)
                else:
                    answer = self._client.get_object(
                        Bucket=self._bucket, Key=name, Range=f"bytes={start}-{last}"
                    )
        except _OutOfRangeError:
            return self._nothing(key, start, length)
        if not whole and not answer.get("ContentRange", "").startswith(f"bytes {start}-"):
            answer["Body"].close()
            log.error("storage: %s: the service ignored a range", key)
            raise StorageError(_BUSY)
        return ObjectBody(answer["Body"], answer["ContentLength"], lambda: _translate(key))

    def size(self, key: str) -> int:
        """Return the object's size."""
        with _translate(key, missing=True):
            answer = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        return answer["ContentLength"]

    def exists(self, key: str) -> bool:
        """Say whether the object is there."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the object."""
        try:
            with _translate(key, missing=True):
                self._client.delete_object(Bucket=self._bucket, Key=self._name(key))
        except ObjectMissing:
            log.info("storage: %s was gone already", key)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """Page through the bucket, a thousand objects at a time."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        with _translate(prefix):
            for page in pages:
                for entry in page.get("Contents", []):
                    key = entry["Key"].removeprefix(self._prefix)
                    if is_key(key):
                        yield StoredObject(key, entry["Size"], entry["LastModified"])

    def url(self, key: str) -> str:
        """Return the object's address in the bucket."""
        return f"{self._address}/{quote(self._name(key))}"

    def remove_partial(self, older_than: timedelta, *, dry_run: bool = False) -> int:
        """Give up uploads in parts that were never completed."""
        limit = datetime.now(UTC) - older_than
        found = 0
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=self._prefix
        )
        with _translate(self._prefix):
            for page in pages:
                for upload in page.get("Uploads", []):
                    if upload["Initiated"] >= limit:
                        continue
                    found += 1
                    if not dry_run:
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
        return found

    def _nothing(self, key: str, start: int, length: int | None) -> ObjectBody:
        """Return the empty part of an object, or raise because there is no such part."""
        wanted = span(start, length, self.size(key))
        return ObjectBody(BytesIO(), wanted, lambda: _translate(key))

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)


class _KeptOpen:
    """A stream that boto3 can close without closing the one below."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read = stream.read
        self.seek = stream.seek
        self.tell = stream.tell
        self.readable = stream.readable
        self.seekable = stream.seekable

    def close(self) -> None:
        """Leave closing to whoever opened it."""


@contextmanager
def _translate(key: str, *, missing: bool = False) -> Iterator[None]:
    """Turn S3's errors into ours; with `missing`, no object is its own kind."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if missing and code in {"NoSuchKey", "404"}:
            raise ObjectMissing("That file is no longer available.") from error
        if code in {"InvalidRange", "416"}:
            raise _OutOfRangeError(_BUSY) from error
        log.error("storage: %s: the service answered %s", key, code or "an error")
        raise StorageError(_BUSY) from error
    except (Boto3Error, BotoCoreError, OSError) as error:
        log.error("storage: %s: %s", key, error.__class__.__name__)
        raise StorageError(_BUSY) from error
