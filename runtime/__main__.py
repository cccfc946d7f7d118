"""What `flask up` turns into: `python -m runtime`, with a plan in the environment."""

import os
import signal
import sys

# Until the supervisor listens to signals there is nothing to stop in order.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from runtime.plan import VARIABLE, Plan  # noqa: E402
from runtime.supervisor import Supervisor  # noqa: E402

if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(Supervisor(Plan.load(os.environ.pop(VARIABLE))).run())
