"""What became of the ids in a file, kept on disk: there may be hundreds of thousands."""

import sqlite3
from collections.abc import Iterable
from uuid import UUID


class IdMap:
    """Old ids and new ones, table by table."""

    def __init__(self) -> None:
        """Begin an empty map in a file without a name, which goes with the connection."""
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute(
            "CREATE TABLE ids (name TEXT, old TEXT, new TEXT, PRIMARY KEY (name, old))"
            " WITHOUT ROWID"
        )

    def note(self, table: str, pairs: Iterable[tuple[UUID, UUID | None]]) -> None:
        """Note what rows are called now; None for those that were left out."""
        self._db.executemany(
            "INSERT OR REPLACE INTO ids VALUES (?, ?, ?)",
            ((table, str(old), str(new) if new else None) for old, new in pairs),
        )

    def look_up(self, table: str, old: str) -> tuple[bool, str | None]:
        """Say whether the file held a row of that id, and what it is called now."""
        row = self._db.execute(
            "SELECT new FROM ids WHERE name = ? AND old = ?", (table, old)
        ).fetchone()
        return (row is not None, row[0] if row else None)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
