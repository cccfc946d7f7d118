"""Which user PostgreSQL runs as: it refuses to be root."""

import functools
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.problem import StartProblem

NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    """How to start a program so that it is not root."""

    prefix: tuple[str, ...] = ()
    """Words to put before the program."""
    uid: int | None = None
    gid: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return what `subprocess` needs to change the user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make the new user the owner of `path`, which we made ourselves."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def choose(folder: Path, program: Path) -> Identity:
    """Return who shall run `program` on `folder`; root steps down, others stay who they are.

    Root keeps its files in a user namespace, where it is not called root. Without namespaces
    it becomes `nobody`, for whom both places must be reachable.

    Raises:
        StartProblem: we are root and neither way is open.
    """
    if os.geteuid() != 0:
        return Identity()
    if namespaces_work():
        return Identity(prefix=_unshare())
    nobody = _nobody()
    closed = [str(path) for path in (folder, program) if not _open_to_all(path)]
    if nobody is None or closed:
        raise StartProblem(
            "PostgreSQL does not run as root, this system allows no user namespaces, and the "
            f"user nobody cannot reach {closed[0] if closed else 'anything'}. Run Earshot as "
            "an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        )
    return Identity(uid=nobody.pw_uid, gid=nobody.pw_gid)


def needs_another_user() -> bool:
    """Return whether PostgreSQL will have to run as somebody else than us."""
    return os.geteuid() == 0 and not namespaces_work()


@functools.cache
def namespaces_work() -> bool:
    """Return whether root may put a program into a user namespace."""
    if shutil.which("unshare") is None:
        return False
    words = [*_unshare(), "true"]
    done = subprocess.run(words, capture_output=True, check=False, start_new_session=True)
    return done.returncode == 0


def _unshare() -> tuple[str, ...]:
    return ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


def _nobody() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return None


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
