"""What `flask up` has decided, handed to the small process that carries it out."""

import json
from dataclasses import asdict, dataclass

VARIABLE = "EARSHOT_PLAN"


@dataclass(frozen=True)
class Plan:
    """The settings that the supervisor needs; the web server and the worker read their own."""

    data_dir: str
    host: str
    port: int
    public_url: str
    database_url: str | None
    """None means the embedded PostgreSQL."""
    postgres_bin: str | None
    connections: int
    """How many the embedded PostgreSQL allows at once."""
    worker: bool

    def dump(self) -> str:
        """Return the plan as text."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Plan":
        """Return the plan that `dump` wrote."""
        return cls(**json.loads(text))
