"""`flask voices` from start to end, with a place that publishes a voice."""

import hashlib
import json

import pytest

from services.voices.languages import LANGUAGES
from tests.live import with_settings
from tests.services.voices.provider import Reply, provider
from tests.services.voices.toy_piper import make_voice

NAME = "en_US-toy-low"
FOLDER = "en/en_US/toy/low"


@pytest.fixture
def published(app, tmp_path):
    """Publish a toy voice that speaks, and give the site an empty folder for voices."""
    (tmp_path / "published").mkdir()
    make_voice(tmp_path / "published", NAME)
    files = {
        f"{FOLDER}/{name}": (tmp_path / "published" / name).read_bytes()
        for name in (f"{NAME}.onnx", f"{NAME}.onnx.json")
    }
    facts = {
        path: {"size_bytes": len(data), "md5_digest": hashlib.md5(data).hexdigest()}
        for path, data in files.items()
    }
    listed = json.dumps({NAME: {"files": facts}}).encode()
    answers = {"/voices.json": listed} | {f"/{path}": data for path, data in files.items()}

    def answer(asked):
        return Reply(body=answers[asked.path]) if asked.path in answers else Reply(404)

    before = app.config["SETTINGS"]
    with provider(answer) as server:
        folder = tmp_path / "voices"
        app.config["SETTINGS"] = with_settings(app, piper_dir=folder, piper_voices_url=server.url)
        yield answers, folder
    app.config["SETTINGS"] = before


def run(app, *words):
    return app.test_cli_runner().invoke(args=["voices", *words])


def test_a_voice_is_installed_listed_and_offered(app, published):
    _, folder = published

    done = run(app, "install", NAME)

    assert done.exit_code == 0, done.output
    assert str(folder / f"{NAME}.onnx") in done.output
    assert f"piper:{NAME} can read now" in done.output
    assert f"piper:{NAME}\t" in run(app, "list").output


def test_a_file_that_is_not_the_published_one_is_refused_in_one_line(app, published):
    answers, folder = published
    answers[f"/{FOLDER}/{NAME}.onnx"] += b"more"

    done = run(app, "install", NAME)

    assert done.exit_code == 1
    assert done.output.count("\n") == 1
    assert "its checksum differs. Nothing was installed." in done.output
    assert list(folder.iterdir()) == []
    assert f"piper:{NAME}" not in run(app, "list").output


def test_an_unknown_name_is_refused(app, published):
    done = run(app, "install", "en_US-nobody-low")

    assert (done.exit_code, done.output) == (
        1,
        "Error: There is no Piper voice named en_US-nobody-low.\n",
    )


def test_the_built_in_voices_are_listed(app):
    lines = run(app, "list").output.splitlines()

    assert len([one for one in lines if one.startswith("espeak:")]) == 3 * len(LANGUAGES)
    assert "espeak:en-us\tRobin, English (United States)" in lines
