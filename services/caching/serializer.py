"""What may stand in a cache: bytes and JSON, never a pickle."""

import json
from typing import IO, Any

from cachelib.serializers import BaseSerializer


class SafeSerializer(BaseSerializer):
    """Keeps bytes as they are and everything else as JSON.

    Whoever can write to the cache can thus plant a wrong value but never run code. Tuples
    come back as lists; what JSON can't hold is a TypeError when it is set. Foreign or cut
    entries read as None, a miss.
    """

    def dumps(self, value: Any, protocol: int = 0) -> bytes:  # noqa: ARG002
        """Return a letter for the kind, and the value."""
        if isinstance(value, bytes | bytearray | memoryview):
            return b"b" + value
        return b"j" + json.dumps(value, separators=(",", ":")).encode()

    def loads(self, bvalue: bytes | None) -> Any:
        """Return the value of `dumps`, or None."""
        return _value(bvalue[:1], bvalue[1:]) if bvalue else None

    def dump(self, value: Any, f: IO[bytes], protocol: int = 0) -> None:  # noqa: ARG002
        """Write what `dumps` returns, without a second copy of large bytes."""
        if isinstance(value, bytes | bytearray | memoryview):
            f.write(b"b")
            f.write(value)
        else:
            f.write(self.dumps(value))

    def load(self, f: IO[bytes]) -> Any:
        """Read what `dump` wrote, or None."""
        return _value(f.read(1), f.read())


def _value(kind: bytes, data: bytes) -> Any:
    if kind == b"b":
        return data
    if kind == b"j":
        try:
            return json.loads(data)
        except ValueError:
            return None
    return None
