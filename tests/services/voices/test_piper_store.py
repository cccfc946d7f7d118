import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from services.voices.errors import VoiceError, VoiceNotFound, VoiceRefused, VoiceUnavailable
from services.voices.piper_store import install
from services.voices.settings import VoiceSettings
from tests.services.voices.provider import Asked, Provider, Reply, provider

NAME = "en_US-toy-low"
FOLDER = "en/en_US/toy/low"
MODEL, DESCRIPTION = b"model" * 1000, b'{"a": 1}'


def facts(content: bytes) -> dict:
    return {"size_bytes": len(content), "md5_digest": hashlib.md5(content).hexdigest()}


def index(**changes: dict) -> dict:
    files = {
        f"{FOLDER}/{NAME}.onnx": facts(MODEL),
        f"{FOLDER}/{NAME}.onnx.json": facts(DESCRIPTION),
        f"{FOLDER}/MODEL_CARD": facts(b"card"),
    }
    return {NAME: {"key": NAME, "files": files | changes}}


Published = Callable[..., tuple[Provider, VoiceSettings]]


@pytest.fixture
def published(tmp_path: Path):
    """Yield a maker of a place that publishes the toy voice; keywords replace what it answers."""
    with ExitStack() as stack:

        def make(listed: object = None, **replies: Reply):
            content = {
                "/voices.json": Reply(body=index() if listed is None else listed),
                f"/{FOLDER}/{NAME}.onnx": Reply(body=MODEL),
                f"/{FOLDER}/{NAME}.onnx.json": Reply(body=DESCRIPTION),
            } | {f"/{FOLDER}/{NAME}.{ending}": reply for ending, reply in replies.items()}

            def answer(asked: Asked) -> Reply:
                return content.get(asked.path, Reply(404))

            server = stack.enter_context(provider(answer))
            folder = tmp_path / "voices"
            return server, VoiceSettings(piper_dir=folder, piper_voices_url=server.url + "/")

        yield make


def test_a_voice_is_fetched_and_checked(published: Published):
    server, settings = published()
    told = []
    model, description = install(NAME, settings, lambda *news: told.append(news))

    assert model.read_bytes() == MODEL
    assert description.read_bytes() == DESCRIPTION
    assert sorted(path.name for path in settings.piper_folder.iterdir()) == [
        f"{NAME}.onnx", f"{NAME}.onnx.json",
    ]  # fmt: skip
    assert told[-1] == (f"{NAME}.onnx.json", len(DESCRIPTION), len(DESCRIPTION))
    assert "MODEL_CARD" not in str(server.asked)


def test_what_is_there_and_right_is_not_fetched_again(published: Published):
    server, settings = published()
    install(NAME, settings)
    (settings.piper_folder / f"{NAME}.onnx").write_bytes(b"damaged")
    server.asked.clear()
    install(NAME, settings)

    assert [asked.path for asked in server.asked] == ["/voices.json", f"/{FOLDER}/{NAME}.onnx"]
    assert (settings.piper_folder / f"{NAME}.onnx").read_bytes() == MODEL


@pytest.mark.parametrize("body", [b"model" * 999 + b"MODEL", b"model" * 2000, b"", b"mod"])
def test_another_file_than_the_published_one_is_refused(published: Published, body):
    _, settings = published(onnx=Reply(body=body))
    with pytest.raises(VoiceRefused, match="checksum"):
        install(NAME, settings)
    assert list(settings.piper_folder.iterdir()) == []


def test_a_half_fetched_voice_is_not_offered(published: Published):
    _, settings = published(**{"onnx.json": Reply(500)})
    with pytest.raises(VoiceUnavailable):
        install(NAME, settings)
    assert [path.name for path in settings.piper_folder.iterdir()] == [f"{NAME}.onnx"]


def test_an_unknown_name_is_not_found(published: Published):
    _, settings = published()
    for name in ("en_US-other-low", "../x", ""):
        with pytest.raises(VoiceNotFound):
            install(name, settings)


@pytest.mark.parametrize(
    "listed",
    [
        b"rubbish",
        [],
        {NAME: {}},
        {NAME: {"files": {}}},
        {NAME: {"files": []}},
        {NAME: {"files": {f"../../{NAME}.onnx": facts(MODEL), f"{NAME}.onnx.json": facts(DESCRIPTION)}}},
        index(**{f"{FOLDER}/{NAME}.onnx": {"size_bytes": 10**12, "md5_digest": "0" * 32}}),
        index(**{f"{FOLDER}/{NAME}.onnx": {"md5_digest": "0" * 32}}),
        index(**{f"{FOLDER}/evil.onnx": facts(MODEL)}),
    ],
)  # fmt: skip
def test_a_list_that_makes_no_sense_is_refused(published: Published, listed):
    _, settings = published(listed)
    with pytest.raises(VoiceError):
        install(NAME, settings)
    assert list(settings.piper_folder.iterdir()) == []


def test_a_place_that_is_away_is_said(tmp_path):
    settings = VoiceSettings(piper_dir=tmp_path, piper_voices_url="http://127.0.0.1:9")
    with pytest.raises(VoiceUnavailable, match="could not be reached"):
        install(NAME, settings)
