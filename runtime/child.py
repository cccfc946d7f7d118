"""Programs that must not outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    words: Sequence[str | Path], dies_by: int = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; it gets the signal `dies_by` when we die.

    The session keeps Ctrl-C from reaching it, so that we decide in which order things stop.
    Call it from a thread that lives as long as the program should: Linux counts that thread's
    end as ours. Elsewhere than on Linux the program outlives us if we are killed.
    """
    parent = os.getpid()
    return subprocess.Popen(
        [str(word) for word in words],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        start_new_session=True,
        # It takes no lock and imports nothing, so other threads do not matter.
        preexec_fn=lambda: follow(parent, dies_by),  # noqa: PLW1509
        **options,
    )


def follow(parent: int, dies_by: int) -> None:
    """Ask for the signal `dies_by` at the end of `parent`, of which we are a new child."""
    if _libc is not None:
        _libc.prctl(SET_PARENT_DEATH_SIGNAL, dies_by)
        if os.getppid() != parent:
            os._exit(1)


def alive(pid: int) -> bool:
    """Return whether a process exists and still runs; a zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return not Path("/proc/self/stat").exists()
    return state not in ("Z", "X")
