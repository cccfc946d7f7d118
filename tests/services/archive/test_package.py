"""Files that are damaged, hostile, or something else: refused in words, and nothing is taken."""

import hashlib
import json
import struct
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from services.archive import package as package_file
from services.archive.package import MANIFEST, SUMS, ArchiveRefused, Package
from tests.archived import every_object, exported, holdings, imported, somebody
from tests.live import live_app

__all__ = ["live_app"]

GOOD = {"format": "earshot-archive", "version": 1, "counts": {}}


def write(path: Path, entries: dict[str, bytes], sums: dict[str, bytes] | None = None) -> Path:
    """Write a zip whose checksums are right, unless said otherwise."""
    listed = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in (sums or entries).items()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(name, data)
        file.writestr(SUMS, listed)
    return path


def manifest(**changes: object) -> dict[str, bytes]:
    return {MANIFEST: json.dumps(GOOD | changes).encode()}


def refused(path: Path, most: int = 10**8) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        package = Package(path, most)
        try:
            package.verify(lambda _: None)
            for name in ("data/news_history.jsonl",):
                list(package.rows(name))
        finally:
            package.close()
    return str(caught.value)


def test_what_is_no_zip(tmp_path: Path):
    path = tmp_path / "a.zip"
    for data in (b"", b"PK\x03\x04 and then nothing", b"PK\x05\x06" + bytes(10), bytes(5000)):
        path.write_bytes(data)
        assert "can't be read as an archive" in refused(path)


def test_another_zip(tmp_path: Path):
    assert "not an archive that Earshot made" in refused(write(tmp_path / "a", {"a.txt": b"a"}))
    other = write(tmp_path / "b", manifest(format="other"))
    assert "not an archive that Earshot made" in refused(other)


def test_from_the_future(tmp_path: Path):
    for version in (2, "1", None, True and 99):
        assert "newer Earshot" in refused(write(tmp_path / "a", manifest(version=version)))


def test_changed_added_and_missing_entries(tmp_path: Path):
    good = manifest() | {"media/a.png": b"one"}
    changed = write(tmp_path / "a", good | {"media/a.png": b"two"}, good)
    assert "checksums" in refused(changed)
    added = write(tmp_path / "b", good | {"media/b.png": b"two"}, good)
    assert "checksums" in refused(added)
    missing = write(tmp_path / "c", manifest(), good)
    assert "missing" in refused(missing)


def test_two_entries_of_one_name(tmp_path: Path):
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as file:
        for _ in range(2):
            with pytest.warns(UserWarning) if file.namelist() else _nothing():
                file.writestr(MANIFEST, json.dumps(GOOD))
    assert "two entries" in refused(path)


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def test_a_bomb(tmp_path: Path):
    path = write(tmp_path / "a", manifest() | {"media/a.png": bytes(50_000_000)})
    assert path.stat().st_size < 100_000
    assert "larger than this site takes" in refused(path, most=10_000_000)


def test_an_entry_that_is_larger_than_it_says(tmp_path: Path):
    path = write(tmp_path / "a", manifest() | {"media/a.png": bytes(1_000_000)})
    data = bytearray(path.read_bytes())
    size = (1_000_000).to_bytes(4, "little")
    at = data.rfind(size)
    data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path)


def test_more_entries_than_memory_should_hold(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(package_file, "LARGEST_DIRECTORY", 5000)
    monkeypatch.setattr(package_file, "CHUNK", 4096)
    path = write(tmp_path / "a", manifest() | {f"media/{n}.png": b"" for n in range(200)})
    assert "more entries" in refused(path)

    # The same, but the record at the end says that the list is short, and one before it does not.
    data = path.read_bytes()
    end = data.rfind(b"PK\x05\x06")
    size, start = struct.unpack_from("<LL", data, end + 12)
    large = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 202, 202, size, start
    ) + struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    small = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 202, 202, 100, start, 0)
    path.write_bytes(data[:end] + large + small)
    assert "more entries" in refused(path)


def test_lines_that_would_fill_the_memory(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(package_file, "MOST_PARTS", 1000)
    for line in (b'{"id": [' + b"0," * 2000 + b"0]}", b'{"id": ' + b"[" * 500 + b"]" * 500 + b"}"):
        path = write(tmp_path / "a", manifest() | {"data/news_history.jsonl": line * 2})
        assert "parts" in refused(path) or "can't be read" in refused(path)


def test_lines_that_are_no_rows(tmp_path: Path):
    for line in (b"[1]\n", b"{", b"\xff\n", b"[" * 100_000):
        path = write(tmp_path / "a", manifest() | {"data/news_history.jsonl": line})
        refused(path)


def test_names_that_point_elsewhere_are_only_names(tmp_path: Path):
    path = write(tmp_path / "a", manifest() | {"../../../tmp/evil": b"x", "/etc/evil": b"y"})
    package = Package(path, 10**6)
    package.verify(lambda _: None)
    package.close()
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a"]


def test_cut_anywhere_it_is_refused_and_nothing_is_taken(live_app: Flask, tmp_path: Path):
    owner = somebody(live_app, stories=2)
    whole = exported(live_app, owner, tmp_path / "a.zip").read_bytes()
    reader = somebody(live_app)
    empty, objects = holdings(live_app, reader), every_object(live_app)
    path = tmp_path / "cut.zip"
    for share in (0.1, 0.5, 0.9, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ArchiveRefused):
            imported(live_app, reader, path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(ArchiveRefused):
        imported(live_app, reader, path)

    assert holdings(live_app, reader) == empty
    assert every_object(live_app) == objects
