"""What keeps Earshot running on one machine: PostgreSQL, its supervisor, its secret key.

Nothing big is imported here, so that the process which watches the others stays small.
"""

from runtime.address import running_url
from runtime.postgres import Cluster
from runtime.problem import StartProblem
from runtime.secret import secret_key

__all__ = ["Cluster", "StartProblem", "running_url", "secret_key"]
