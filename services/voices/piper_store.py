"""Fetches Piper's voice files from where they are published, and checks them."""

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable
from services.voices.settings import VoiceSettings

INDEX = "voices.json"
"""Name of the list at the published address: every voice with its files and their MD5."""
MOST_BYTES = 512 * 1024 * 1024
SUFFIXES = (".onnx", ".onnx.json")

Told = Callable[[str, int, int], None]
"""Told a file's name, the bytes fetched and the bytes there are."""


def install(name: str, settings: VoiceSettings, told: Told | None = None) -> list[Path]:
    """Fetch the voice `name`, such as en_US-lessac-medium, into the folder of voices.

    Files that are already there and right are not fetched again. Nothing half fetched or
    wrong ever stands under a voice's name.

    Raises:
        VoiceNotFound: the list has no voice of that name.
        VoiceError: the place could not be reached, or a file is not the one published.
    """
    folder = settings.piper_folder
    folder.mkdir(parents=True, exist_ok=True)
    base = settings.piper_voices_url.rstrip("/")
    with httpx.Client(timeout=30.0, follow_redirects=True) as client:
        files = _files(_index(client, base), name)
        # The description comes last: a voice without it is not offered yet.
        return [
            _fetch(client, f"{base}/{path}", facts, folder, told or (lambda *_: None))
            for path, facts in sorted(files.items(), key=lambda file: file[0].endswith(".json"))
        ]


def _index(client: httpx.Client, base: str) -> dict[str, Any]:
    try:
        answer = client.get(f"{base}/{INDEX}")
        answer.raise_for_status()
        content = answer.json()
    except httpx.HTTPError as error:
        raise _unreachable(error) from error
    except ValueError as error:
        raise _unusable() from error
    if not isinstance(content, dict):
        raise _unusable()
    return content


def _files(index: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return path → size and checksum of the files the voice needs."""
    voice = index.get(name)
    if voice is None:
        raise VoiceNotFound(f"There is no Piper voice named {name}.")
    try:
        files = {
            str(path): dict(facts)
            for path, facts in voice["files"].items()
            if path.endswith(SUFFIXES)
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _unusable() from error
    names = {path.rpartition("/")[2] for path in files}
    safe = all(re.fullmatch(r"[\w./+-]+", path) and ".." not in path for path in files)
    if not safe or names != {name + suffix for suffix in SUFFIXES}:
        raise _unusable()
    return files


def _fetch(
    client: httpx.Client, address: str, facts: dict[str, Any], folder: Path, told: Told
) -> Path:
    target = folder / address.rpartition("/")[2]
    size, checksum = facts.get("size_bytes"), str(facts.get("md5_digest", "")).lower()
    if not isinstance(size, int) or not 0 < size <= MOST_BYTES or len(checksum) != 32:
        raise _unusable()
    if target.is_file() and target.stat().st_size == size and _md5(target) == checksum:
        return target
    handle, partial = tempfile.mkstemp(prefix=".", dir=folder)
    try:
        digest = hashlib.md5(usedforsecurity=False)
        fetched = 0
        with os.fdopen(handle, "wb") as file, client.stream("GET", address) as answer:
            answer.raise_for_status()
            for block in answer.iter_bytes():
                fetched += len(block)
                if fetched > size:
                    break
                file.write(block)
                digest.update(block)
                told(target.name, fetched, size)
        if fetched != size or digest.hexdigest() != checksum:
            raise VoiceRefused(
                f"{target.name} is not the file that was published: its checksum differs."
                " Nothing was installed.",
                code="wrong_checksum",
            )
        Path(partial).chmod(0o644)
        Path(partial).replace(target)
    except httpx.HTTPError as error:
        raise _unreachable(error) from error
    finally:
        Path(partial).unlink(missing_ok=True)
    return target


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _unreachable(error: httpx.HTTPError) -> VoiceError:
    return VoiceUnavailable(
        "The place where Piper's voices are published could not be reached. Try again later.",
        code="unreachable",
        detail=type(error).__name__,
    )


def _unusable() -> VoiceError:
    return VoiceRefused(
        "The list of Piper's voices can't be used. Check PIPER_VOICES_URL.", code="bad_index"
    )
