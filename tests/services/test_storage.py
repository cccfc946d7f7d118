"""The same promises, kept by a folder and by a real S3 service."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from config import Settings
from errors import ObjectMissing, StorageError
from services.storage import AUDIO, MEDIA, connect, new_key

TEXT = "text/plain"
SOUND = bytes(range(256)) * 1024


@pytest.fixture(params=["directory", "s3"])
def storage(request, tmp_path):
    if request.param == "directory":
        return connect(Settings(data_dir=tmp_path))
    return connect(request.getfixturevalue("s3_service").settings(tmp_path))


def read(storage, key, *span):
    with storage.open(key, *span) as body:
        return body.read()


def test_what_was_put_comes_back(storage):
    key = new_key(AUDIO, "mp3")
    storage.put(key, SOUND, "audio/mpeg")

    assert read(storage, key) == SOUND
    assert storage.size(key) == len(SOUND)
    assert storage.exists(key)


def test_a_stream_is_read_from_where_it_stands_and_stays_open(storage):
    key, stream = new_key(MEDIA), BytesIO(b"skipped, kept")
    stream.seek(9)
    storage.put(key, stream, TEXT)

    assert read(storage, key) == b"kept"
    assert not stream.closed


def test_a_stream_that_cannot_go_back_is_stored(storage):
    class Pipe(BytesIO):
        def seekable(self):
            return False

        def seek(self, *_):
            raise OSError("not seekable")

        tell = seek

    key = new_key(MEDIA)
    storage.put(key, Pipe(SOUND), TEXT)

    assert read(storage, key) == SOUND


def test_a_file_is_stored_by_its_path(storage, tmp_path):
    key, path = new_key(MEDIA), tmp_path / "picture"
    path.write_bytes(SOUND)
    storage.put(key, path, TEXT)

    assert read(storage, key) == SOUND
    assert path.exists()


def test_an_object_too_big_for_one_part_is_stored_whole(storage):
    key, big = new_key(AUDIO), SOUND * 70
    storage.put(key, BytesIO(big), "audio/flac")

    assert storage.size(key) == len(big)
    assert read(storage, key) == big


def test_an_empty_object_is_an_object(storage):
    key = new_key(MEDIA)
    storage.put(key, b"", TEXT)

    assert read(storage, key) == b""
    assert read(storage, key, 0, 10) == b""
    assert storage.size(key) == 0


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 1), (0, None), (5, None), (5, 10), (len(SOUND) - 1, None), (len(SOUND) - 5, 99), (7, 0)],
)
def test_any_part_can_be_read(storage, start, length):
    key = new_key(AUDIO)
    storage.put(key, SOUND, "audio/mpeg")
    end = None if length is None else start + length

    with storage.open(key, start, length) as body:
        assert body.length == len(SOUND[start:end])
        assert b"".join(body) == SOUND[start:end]


def test_a_body_is_read_in_pieces(storage):
    key = new_key(AUDIO)
    storage.put(key, SOUND, "audio/mpeg")

    with storage.open(key) as body:
        assert body.read(10) == SOUND[:10]
        assert b"".join(body) == SOUND[10:]
        assert body.read(10) == b""


@pytest.mark.parametrize("span", [(len(SOUND) + 1,), (len(SOUND) + 1, 5), (-1,), (0, -5)])
def test_a_part_that_is_not_there_is_refused(storage, span):
    key = new_key(AUDIO)
    storage.put(key, SOUND, "audio/mpeg")

    with pytest.raises(StorageError):
        storage.open(key, *span)


def test_a_missing_object_is_named_as_such(storage):
    key = new_key(MEDIA, "jpg")

    for ask in (storage.open, storage.size, lambda key: storage.open(key, 5, 5)):
        with pytest.raises(ObjectMissing) as caught:
            ask(key)
        assert key not in str(caught.value)
    assert not storage.exists(key)


def test_deleting_twice_is_harmless(storage):
    key = new_key(MEDIA)
    storage.put(key, b"1", TEXT)
    storage.delete(key)
    storage.delete(key)

    assert not storage.exists(key)


def test_putting_again_replaces_the_whole_object(storage):
    key = new_key(MEDIA)
    storage.put(key, SOUND, TEXT)
    storage.put(key, b"short", TEXT)

    assert read(storage, key) == b"short"


@pytest.mark.parametrize(
    "key",
    ["../outside", "/etc/passwd", "media/../../x", "media//x", ".hidden", "media/.incoming/x",
     "a\0b", "media/a\nb", "a\\..\\b", "media/", "", "a" * 201, "médias/x"],
)  # fmt: skip
def test_a_key_that_could_leave_the_storage_is_refused(storage, key):
    actions = (
        lambda: storage.put(key, b"x", TEXT),
        lambda: storage.open(key),
        lambda: storage.size(key),
        lambda: storage.exists(key),
        lambda: storage.delete(key),
        lambda: storage.url(key),
    )
    for act in actions:
        with pytest.raises(StorageError):
            act()


def test_a_listing_is_in_order_and_filtered_by_prefix(storage):
    keys = sorted(new_key(kind, "bin") for kind in (AUDIO, MEDIA) for _ in range(5))
    for key in reversed(keys):
        storage.put(key, key.encode(), TEXT)

    found = list(storage.list())

    assert [entry.key for entry in found] == keys
    assert [entry.size for entry in found] == [len(key) for key in keys]
    assert [e.key for e in storage.list("media/")] == [k for k in keys if k.startswith("media/")]
    assert [e.key for e in storage.list(keys[3])] == [keys[3]]
    assert next(e.key for e in storage.list(keys[3][:8])) == min(
        k for k in keys if k.startswith(keys[3][:8])
    )
    assert list(storage.list("nothing/here")) == []
    age = datetime.now(UTC) - found[0].modified
    assert timedelta(minutes=-5) < age < timedelta(minutes=5)


def test_a_listing_of_nothing_is_empty(storage):
    assert list(storage.list()) == []


def test_objects_written_while_listing_do_no_harm(storage):
    for _ in range(3):
        storage.put(new_key(MEDIA), b"x", TEXT)

    for entry in storage.list():
        storage.delete(entry.key)

    assert list(storage.list()) == []


def test_the_address_is_a_full_one(storage):
    key = new_key(AUDIO, "mp3")

    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+/\S+/{key}", storage.url(key))


def test_a_put_that_fails_leaves_nothing(storage):
    class Cut(BytesIO):
        def read(self, size=-1):
            if self.tell() > 20 * 1024 * 1024:
                raise ConnectionResetError("the browser went away")
            return super().read(size)

    key = new_key(AUDIO)
    with pytest.raises(StorageError):
        storage.put(key, Cut(SOUND * 100), "audio/wav")

    assert not storage.exists(key)
    assert list(storage.list()) == []
    assert storage.remove_partial(timedelta(0)) == 0


def test_keys_are_random_and_spread_over_folders():
    keys = {new_key(MEDIA, ".JPG") for _ in range(100)}

    assert len(keys) == 100
    for key in keys:
        match = re.fullmatch(r"media/(..)/(..)/([0-9a-f]{32})\.jpg", key)
        assert match[3].startswith(match[1] + match[2])


@pytest.mark.parametrize("extension", ["../x", "a b", "waytoolong", "é", "."])
def test_an_odd_extension_is_left_out(extension):
    assert "." not in new_key(AUDIO, extension)
