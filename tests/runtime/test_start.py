"""start.py: what a bare machine meets first."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).parents[2]
SAYS = "import os, sys; print('RUNS', os.getcwd(), sys.argv[1:], sys.prefix)\n"
UNREACHABLE = f"nowhere==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
OFFLINE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_RETRIES": "1",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a stand-in for the checkout, prepared: its lock is empty, its flask only speaks."""
    root = tmp_path_factory.mktemp("front door") / "our checkout"
    root.mkdir()
    shutil.copy(ROOT / "start.py", root)
    for lock in (start.RUN_LOCK, start.DEV_LOCK):
        (root / lock).write_text("# nothing\n")
    (root / "flask.py").write_text(SAYS)
    (root / "ruff.py").write_text("import sys; sys.exit(7)\n")
    first = ask(root, "check")
    assert "Installing 0 packages" in first.stdout
    assert first.returncode == 7
    assert "Lint failed" in first.stderr
    return root


def ask(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "start.py"), *words],
        env=os.environ | environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def refuse(reply: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a refusal is."""
    assert reply.returncode != 0
    assert reply.stderr.count("\n") == 1, reply.stderr
    return reply.stderr


def patched(folder: Path, code: str) -> dict[str, str]:
    """Return an environment in which Python runs `code` before anything else."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(code)
    return {"PYTHONPATH": str(folder)}


def test_a_second_start_does_nothing_but_start(tree: Path):
    reply = ask(tree, "run", **OFFLINE)
    runs = f"RUNS {tree} ['--app', 'app', 'up'] {tree / '.venv'}\n"
    assert (reply.stdout, reply.stderr, reply.returncode) == (runs, "", 0)


def test_a_changed_lock_without_network_is_one_line_and_leaves_what_was_there(tree: Path):
    locks = (tree / start.RUN_LOCK, tree / start.DEV_LOCK)
    before = [lock.read_text() for lock in locks]
    for lock in locks:
        lock.write_text(UNREACHABLE)
    words = refuse(ask(tree, "run", **OFFLINE))
    assert "the network does not answer" in words

    for lock, text in zip(locks, before, strict=True):
        lock.write_text(text)
    assert ask(tree, "run", **OFFLINE).stdout.startswith("RUNS")


def test_a_changed_lock_is_installed_into_the_same_venv(tree: Path):
    made = (tree / ".venv" / "pyvenv.cfg").stat().st_mtime_ns
    (tree / start.DEV_LOCK).write_text("# something else\n")
    assert "Installing" in ask(tree, "check").stdout
    assert (tree / ".venv" / "pyvenv.cfg").stat().st_mtime_ns == made


def test_a_start_waits_for_another_one_that_installs(tree: Path):
    (tree / start.DEV_LOCK).write_text("# a third thing\n")
    (tree / start.RUN_LOCK).write_text("# a third thing\n")
    words = [sys.executable, str(tree / "start.py"), "run"]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert all("RUNS" in text for text in said)
    assert sum("Installing" in text for text in said) == 1


def test_a_folder_that_was_moved_gets_a_venv_of_its_own(tree: Path, tmp_path: Path):
    moved = tmp_path / "moved"
    shutil.copytree(tree, moved, symlinks=True)
    reply = ask(moved, "run")
    assert "Making .venv anew" in reply.stdout
    assert f"RUNS {moved}" in reply.stdout
    assert [path.name for path in moved.iterdir() if path.name.startswith(".venv")] == [".venv"]


@pytest.fixture
def stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the stamp of a .venv that is whole."""
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start, "STAMP", tmp_path / "earshot.json")
    monkeypatch.setattr(start, "PYTHON", tmp_path / "python")
    (tmp_path / "python").touch()
    stamp = start.identity() | {"lock": start.RUN_LOCK, "digest": start.digest(start.RUN_LOCK)}
    start.write_stamp(stamp)
    assert start.is_ready(start.RUN_LOCK)
    return stamp


@pytest.mark.parametrize("changed", ["python", "platform", "path", "digest"])
def test_the_venv_of_another_python_place_or_lock_is_not_ready(
    stamped: dict[str, str], changed: str
):
    start.write_stamp(stamped | {changed: "another"})
    assert not start.is_ready(start.RUN_LOCK)
    assert start.is_usable() == (changed == "digest")


def test_a_venv_without_its_python_or_stamp_is_made_again(stamped: dict[str, str]):
    start.PYTHON.unlink()
    assert not start.is_usable()
    start.PYTHON.touch()
    start.STAMP.write_text("{half")
    assert not start.is_usable()


def test_users_packages_are_not_enough_for_developers_but_the_reverse_is_true(
    stamped: dict[str, str],
):
    assert not start.is_ready(start.DEV_LOCK)
    start.write_stamp(stamped | {"lock": start.DEV_LOCK, "digest": start.digest(start.DEV_LOCK)})
    assert start.is_ready(start.RUN_LOCK)


def test_an_older_python_is_told_so(tree: Path, tmp_path: Path):
    older = patched(tmp_path, "import sys; sys.version_info = (3, 9, 2, 'final', 0)")
    words = refuse(ask(tree, "run", **older))
    assert "needs Python 3.11 or newer, and this is 3.9" in words


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path):
    for name in ("start.py", start.RUN_LOCK, start.DEV_LOCK):
        shutil.copy(ROOT / name, tmp_path)
    bare = patched(tmp_path / "site", "import sys; sys.modules['ensurepip'] = None")
    assert "apt install python3-venv" in refuse(ask(tmp_path, "run", **bare))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path):
    for name in ("start.py", start.RUN_LOCK, start.DEV_LOCK):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to("/proc/no such folder")
    assert f"Cannot write to {tmp_path / '.venv'}" in refuse(ask(tmp_path, "run"))


def test_an_unknown_word_gets_the_list(tree: Path):
    reply = ask(tree, "fly")
    assert reply.returncode == 2
    assert "run|demo|test|lint|types|check|lock" in refuse(reply)


def test_the_locks_name_no_address_and_the_developers_one_includes_the_other():
    locks = {name: (ROOT / name).read_text() for name in (start.RUN_LOCK, start.DEV_LOCK)}
    assert not any("://" in text for text in locks.values())
    pinned = {
        name: {line.split(" ")[0] for line in text.splitlines() if "==" in line}
        for name, text in locks.items()
    }
    assert pinned[start.RUN_LOCK] <= pinned[start.DEV_LOCK]


def test_the_stamp_is_text_that_says_what_is_installed(tree: Path):
    stamp = json.loads((tree / ".venv" / "earshot.json").read_text())
    assert stamp["path"] == str(tree / ".venv")
