"""Start Earshot, or check it, on a machine with Python 3.11 and nothing else.

    python3 start.py run|demo|test|check|lint|types|lock

Makes the folder `.venv` with everything that the lock names, once; later starts need no network.
The standard library only. The grammar of an older Python, so that one says what it lacks.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "earshot.json"
LOG = VENV / "install.log"
RUN_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"

FLASK = ["flask", "--app", "app"]
# One process a core, up to four: each starts a PostgreSQL and a browser of its own.
TESTS = ("The tests", ["pytest", "-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"])
LINT = [("Lint", ["ruff", "check", "."]), ("Format", ["ruff", "format", "--check", "."])]
TYPES = ("Types", ["mypy", "."])
# What each word runs, one after the other until one fails.
STEPS = {
    "run": [("Earshot", [*FLASK, "up"])],
    "demo": [("The demo", [*FLASK, "demo"])],
    "test": [TESTS],
    "lint": LINT,
    "types": [TYPES],
    "check": [*LINT, TYPES, TESTS],
}
FOR_EVERYONE = ("run", "demo")

FAILURES = (
    (
        "No space left on device",
        "There is no space left for .venv (about 700 MB). Make room and start again.",
    ),
    (
        "DO NOT MATCH THE HASHES",
        "A downloaded package is not the one that was locked, so nothing was installed. Its name "
        "is in {log}; ask whoever runs your package index.",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "The certificate of the package index is not trusted here. Set PIP_CERT to the file of "
        "your certificate authority and start again.",
    ),
    (
        "ConnectionError|ResolutionError|ProxyError|ConnectTimeout|Max retries|timed out",
        "What {lock} names cannot be downloaded: the network does not answer. Connect once and "
        "start again; later starts need no network.",
    ),
)


def main():
    """Do what the command line asks; return the exit code."""
    if sys.version_info < OLDEST:
        stop(
            "Earshot needs Python %d.%d or newer, and this is %d.%d. Install a newer one and "
            "name it: PYTHON=python3.12 make run" % (OLDEST + sys.version_info[:2])
        )
    if os.name != "posix":
        stop("Earshot runs on Linux and macOS; on Windows, start it inside WSL.")
    word, more = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if word not in STEPS and word != "lock":
        stop("Usage: python3 start.py " + "|".join([*STEPS, "lock"]), 2)
    prepare(RUN_LOCK if word in FOR_EVERYONE else DEV_LOCK)
    os.chdir(str(ROOT))
    if word == "lock":
        return write_locks(more)
    return carry_out(word, more)


def carry_out(word, more):
    """Run the steps of `word`, the last one in our place; `more` is added to its words."""
    steps = STEPS[word]
    for name, words in steps[:-1]:
        code = subprocess.call([str(PYTHON), "-m", *words])
        if code:
            stop("%s failed; what follows it in %s was left out." % (name, word), code)
    sys.stdout.flush()
    os.execv(str(PYTHON), [str(PYTHON), "-m", *steps[-1][1], *more])  # noqa: S606


def stop(words, code=1):
    """End with one line."""
    sys.stdout.flush()
    sys.stderr.write(words + "\n")
    sys.exit(code)


def prepare(lock):
    """Make sure that .venv holds at least what `lock` names."""
    if is_ready(lock):
        return
    with alone():
        if is_ready(lock):
            return
        try:
            if not is_usable():
                make()
            install(lock)
        except OSError as error:
            stop(
                "Cannot write to %s (%s). Put Earshot into a folder of your own, "
                "or make this one writable." % (VENV, error.strerror)
            )


def is_ready(lock):
    """Return whether nothing needs to be done; the developers' packages include all others."""
    stamp = read_stamp()
    accepted = {name: digest(name) for name in (lock, DEV_LOCK)}
    return is_usable() and accepted.get(stamp.get("lock")) == stamp.get("digest")


def is_usable():
    """Return whether .venv was finished once, by this kind of Python and in this very place."""
    stamp = read_stamp()
    return PYTHON.exists() and {name: stamp.get(name) for name in identity()} == identity()


def identity():
    """Return what a .venv is bound to."""
    return {
        "python": sys.implementation.cache_tag,
        "platform": sysconfig.get_platform(),
        "path": str(VENV),
    }


def read_stamp():
    """Return what the last complete installation left behind."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(stamp):
    """Leave behind what is installed, as the last thing of all."""
    aside = STAMP.with_name("earshot.json.new")
    aside.write_text(json.dumps(stamp), encoding="utf-8")
    aside.replace(STAMP)


def digest(lock):
    """Return the hash of a lock file."""
    try:
        return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    except OSError as error:
        return stop("Cannot read %s (%s). Is this the whole of Earshot?" % (lock, error.strerror))


@contextlib.contextmanager
def alone():
    """Keep another start from making the same .venv meanwhile."""
    import fcntl

    with Path(__file__).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("Another start is preparing .venv; waiting for it.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make():
    """Make an empty .venv, in place of one that is not usable."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        stop(
            "Python's venv module is missing. On Debian and Ubuntu: "
            "apt install python3-venv (as root). Then start again."
        )
    if VENV.exists():
        print("Making .venv anew: it is unfinished, or made for another place or Python.")
        # Moved first, so that an interrupted removal leaves nothing that looks usable.
        old = VENV.with_name(".venv.old-%d" % os.getpid())
        VENV.rename(old)
        shutil.rmtree(str(old), ignore_errors=True)
    VENV.mkdir()
    # A .venv made from the Python of another .venv would break when that one goes.
    base = getattr(sys, "_base_executable", None) or sys.executable
    words = [base, "-m", "venv", str(VENV)]
    made = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if made.returncode:
        lines = made.stdout.decode(errors="replace").strip().splitlines() or ["no reason given"]
        stop("Could not make .venv: " + lines[-1])


def install(lock):
    """Install what `lock` names, and leave the stamp."""
    before = read_stamp()
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    locked = (ROOT / lock).read_text(encoding="utf-8")
    count = len(re.findall(r"^[\w.\[\],-]+==", locked, re.MULTILINE))
    print("Installing %d packages into .venv; this takes a minute, the first time only" % count)
    sys.stdout.flush()
    began = time.monotonic()
    words = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input"]
    words += ["--disable-pip-version-check", "--progress-bar", "off", "-r", lock]
    environment = dict({"PIP_RETRIES": "2"}, **dict(os.environ, PIP_USER="0"))
    with LOG.open("wb") as log:
        code = subprocess.call(words, stdout=log, stderr=log, cwd=str(ROOT), env=environment)
    said = LOG.read_text(encoding="utf-8", errors="replace")
    if code:
        if before and "Installing collected packages" not in said:
            # Nothing was changed, so what was installed before is still whole.
            write_stamp(before)
        stop(explain(said, lock))
    write_stamp(dict(identity(), lock=lock, digest=digest(lock)))
    print("Installed in %d s" % (time.monotonic() - began))


def explain(said, lock):
    """Return one line about why pip failed, from all that it said."""
    for pattern, words in FAILURES:
        if re.search(pattern, said):
            return words.format(lock=lock, log=LOG)
    errors = [line[6:].strip() for line in said.splitlines() if line.startswith("ERROR:")]
    return "The packages could not be installed: %s (all of it in %s)" % (
        (errors or ["pip gave no reason"])[0],
        LOG,
    )


def write_locks(more):
    """Write both lock files from pyproject.toml; `more` goes to uv (for one, --upgrade)."""
    # The developers' first, which asks for more; the other one takes the same versions.
    kinds = ((DEV_LOCK, ["--group", "dev"]), (RUN_LOCK, ["--constraint", DEV_LOCK]))
    for lock, group in kinds:
        words = [str(PYTHON), "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"]
        words += ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-header"]
        code = subprocess.call([*words, "-o", lock, *group, *more], stdout=subprocess.DEVNULL)
        if code:
            stop("%s could not be made anew." % lock, code)
        if "://" in (ROOT / lock).read_text(encoding="utf-8"):
            stop("%s names an address, which would tie it to this machine." % lock)
        print("Wrote " + lock)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
