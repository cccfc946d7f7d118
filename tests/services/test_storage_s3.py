"""What only a service can get wrong."""

import logging
import socket
from datetime import timedelta

import pytest

from config import Settings
from errors import ObjectMissing, StorageError
from services.storage import AUDIO, MEDIA, connect, new_key
from tests.servers.fixtures import S3_REGION, S3_SECRET

TEXT = "text/plain"


@pytest.fixture
def settings(s3_service, tmp_path):
    return s3_service.settings(tmp_path)


@pytest.fixture
def client(s3_service):
    return s3_service.client()


def test_a_wrong_secret_is_refused_and_stays_unsaid(settings, monkeypatch, caplog):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
    caplog.set_level(logging.DEBUG)
    storage = connect(settings)

    with pytest.raises(StorageError, match="not answering") as caught:
        storage.put(new_key(MEDIA), b"x", TEXT)

    assert not isinstance(caught.value, ObjectMissing)
    for secret in ("not-the-secret", S3_SECRET, "Signature="):
        assert secret not in caplog.text
    assert "SignatureDoesNotMatch" in caplog.text


def test_a_service_that_is_away_is_an_error_in_words(tmp_path, s3_service):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        settings = Settings(
            data_dir=tmp_path, s3_bucket="b", s3_endpoint_url=endpoint, s3_region=S3_REGION
        )
        storage = connect(settings)
        actions = (
            lambda: storage.put(new_key(MEDIA), b"x", TEXT),
            lambda: storage.open(new_key(MEDIA)),
            lambda: storage.size(new_key(MEDIA)),
            lambda: storage.delete(new_key(MEDIA)),
            lambda: list(storage.list()),
            lambda: storage.remove_partial(timedelta(0)),
        )
        for act in actions:
            with pytest.raises(StorageError, match="not answering") as caught:
                act()
            assert not isinstance(caught.value, ObjectMissing)


def test_no_credentials_is_an_error_in_words(settings, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(StorageError, match="not answering"):
        connect(settings).put(new_key(MEDIA), b"x", TEXT)


def test_objects_lie_below_the_prefix_with_their_type(settings, client):
    storage = connect(settings)
    key = new_key(AUDIO, "mp3")
    storage.put(key, b"sound", "audio/mpeg")

    name = f"{settings.s3_prefix}/{key}"
    found = client.head_object(Bucket=settings.s3_bucket, Key=name)

    assert found["ContentType"] == "audio/mpeg"
    assert storage.url(key) == f"{settings.s3_endpoint_url}/{settings.s3_bucket}/{name}"


def test_a_bucket_of_ones_own_needs_no_prefix(s3_service, tmp_path, client):
    client.create_bucket(Bucket="of-its-own")
    settings = s3_service.settings(tmp_path, s3_bucket="of-its-own", s3_prefix="")
    storage = connect(settings)
    key = new_key(AUDIO)
    storage.put(key, b"sound", TEXT)

    assert [one["Key"] for one in client.list_objects_v2(Bucket="of-its-own")["Contents"]] == [key]
    assert [entry.key for entry in storage.list()] == [key]


def test_a_bucket_that_is_not_there_is_no_missing_file(s3_service, tmp_path):
    storage = connect(s3_service.settings(tmp_path, s3_bucket="not-there"))

    for act in (storage.open, lambda key: storage.put(key, b"x", TEXT)):
        with pytest.raises(StorageError, match="not answering") as caught:
            act(new_key(AUDIO))
        assert not isinstance(caught.value, ObjectMissing)


def test_what_lies_beside_the_prefix_is_not_listed(settings, client):
    client.put_object(Bucket=settings.s3_bucket, Key=f"{settings.s3_prefix}-other/x", Body=b"x")
    client.put_object(Bucket=settings.s3_bucket, Key="aaa", Body=b"x")

    assert list(connect(settings).list()) == []


def test_a_listing_goes_beyond_one_page(settings, client):
    keys = sorted(new_key(MEDIA) for _ in range(12))
    storage = connect(settings)
    for key in keys:
        storage.put(key, b"x", TEXT)
    paginator = storage._client.get_paginator
    storage._client.get_paginator = lambda name: _SmallPages(paginator(name))

    assert [entry.key for entry in storage.list("media/")] == keys


class _SmallPages:
    """Asks the service for five entries a page."""

    def __init__(self, paginator):
        self._paginator = paginator

    def paginate(self, **query):
        return self._paginator.paginate(**query, PaginationConfig={"PageSize": 5})


def test_an_upload_in_parts_that_was_never_completed_is_given_up(settings, client):
    started = client.create_multipart_upload(
        Bucket=settings.s3_bucket, Key=f"{settings.s3_prefix}/{new_key(AUDIO)}"
    )
    client.upload_part(
        Bucket=settings.s3_bucket,
        Key=started["Key"],
        UploadId=started["UploadId"],
        PartNumber=1,
        Body=b"x" * 1000,
    )
    storage = connect(settings)

    assert storage.remove_partial(timedelta(hours=1)) == 0
    assert storage.remove_partial(timedelta(hours=-1), dry_run=True) == 1
    assert storage.remove_partial(timedelta(hours=-1)) == 1
    assert "Uploads" not in client.list_multipart_uploads(Bucket=settings.s3_bucket)


def test_the_address_at_amazon_names_bucket_and_region(tmp_path):
    settings = Settings(data_dir=tmp_path, s3_bucket="stories", s3_region="eu-west-1")
    key = new_key(AUDIO, "mp3")

    address = connect(settings).url(key)

    assert address == f"https://stories.s3.eu-west-1.amazonaws.com/{key}"
