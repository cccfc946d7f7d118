"""The API and its description agree: Schemathesis asks whatever the description allows."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import Settings
from extensions import db
from models import User
from services import tags
from services.fetching import resolving
from tests.browser.site import Site, served
from tests.factories import START
from tests.feeding import make_source
from tests.samples import photo
from tests.tokens import make_token

SECONDS = 600
"""Patience with a busy machine; on an idle one it is done in a fraction of a minute."""
ASK = """
import schemathesis.cli
schemathesis.cli.schemathesis()
"""


@pytest.fixture(scope="module")
def site(
    new_database: Callable[[str], str], make_settings: Callable[..., Settings]
) -> Iterator[Site]:
    """Serve a site of its own, because everything in it may be changed and deleted."""
    with served("described", new_database, make_settings) as running:
        yield running


@pytest.fixture
def token(site: Site, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the token of a reader who keeps a little of everything.

    No name is looked up for whatever is to be followed.
    """
    monkeypatch.setattr(resolving, "_looked_up", lambda host: None)
    reader = site.reader()
    with site.inside():
        owner = db.session.get_one(User, reader.id)
        source = make_source(owner, "https://news.test/feed").id
    for number in range(3):
        story = site.story(
            reader,
            f"Story {number}",
            source_url=f"https://news.test/{number}",
            source_id=source,
            starred_at=START,
        )
        with site.inside():
            tags.give(reader.id, [story], [f"tag {number}"])
            db.session.commit()
        site.file(reader, f"{number}.jpg", photo((20 + number, 20)), story)
        site.track(reader, story, b"sound" * 100)
    with site.inside():
        return make_token(db.session.get_one(User, reader.id))


@pytest.mark.parametrize(("phase", "examples"), [("coverage", 1), ("fuzzing", 5), ("stateful", 4)])
def test_schemathesis_finds_nothing(
    site: Site, token: str, tmp_path: Path, phase: str, examples: int
):
    """Run every check that it has, against the running site."""
    run = subprocess.run(
        [sys.executable, "-c", ASK, "run", f"{site.address}/api/v1/openapi.json",
         "--header", f"Authorization: Bearer {token}", "--checks", "all", "--phases", phase,
         "--max-examples", str(examples), "--generation-deterministic", "--workers", "2",
         "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Selected: 0" not in run.stdout
