"""The key that signs sessions."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime import StartProblem, secret_key

ROOT = Path(__file__).parents[2]


def test_the_key_is_made_once_for_us_alone(tmp_path: Path):
    folder = tmp_path / "new" / "data"
    key = secret_key(folder)
    assert len(key) >= 40
    assert secret_key(folder) == key
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o007 in (0, 1)
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_processes_that_ask_at_once_get_the_same_key(tmp_path: Path):
    words = "import sys, pathlib, runtime; print(runtime.secret_key(pathlib.Path(sys.argv[1])))"
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", words, str(tmp_path / "data")], cwd=ROOT, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in asking}) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StartProblem, match="Cannot use the folder"):
        secret_key(tmp_path / "file" / "data")
