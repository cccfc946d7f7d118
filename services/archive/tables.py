"""What an archive holds: one entry for each table that has an owner.

Whoever adds such a table says here how it travels, or in `LEFT_OUT` why it doesn't; a test asks.
"""

from dataclasses import dataclass, field

from sqlalchemy import Table as SqlTable

from extensions import Base

FOLDER = "data"
"""Of the files of rows within an archive."""


@dataclass(frozen=True, slots=True)
class Files:
    """How the objects of a table's rows travel: columns of keys, and the folder of each."""

    keys: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """How the rows of one table travel."""

    name: str
    order: tuple[str, ...]
    """Columns that a page of rows goes by; together they are unique."""
    newest_first: bool = False
    """So that of what doesn't fit into a plan, the latest is brought in."""
    owner: str = "user_id"
    through: str = ""
    """The column by which a row belongs to the row of another table that has the owner."""
    refers: dict[str, str] = field(default_factory=dict)
    """Columns that hold the id of a row of another table."""
    loose: frozenset[str] = frozenset()
    """Those of them that are emptied when that row is not there."""
    alike: tuple[str, str] | None = None
    """A column, and the function of it, by which a row of the reader counts as the same one."""
    files: Files | None = None
    without: frozenset[str] = frozenset()
    """Columns that are not written: secrets, and what the database makes itself."""
    fixed: dict[str, object] = field(default_factory=dict)
    """What columns become when a row is brought in, whatever the file says."""
    where: str = ""
    """Which rows travel, as SQL; empty for all."""
    page: int = 200
    """Rows read or written at a time."""
    restored: bool = True
    """False for what is only written for the record."""

    @property
    def entry(self) -> str:
        """Return the name of its file in the archive."""
        return f"{FOLDER}/{self.name}.jsonl"

    @property
    def has_id(self) -> bool:
        """Say whether its rows are known by an id of their own."""
        return [column.name for column in self.sql.primary_key] == ["id"]

    @property
    def sql(self) -> SqlTable:
        """Return the table itself."""
        return Base.metadata.tables[self.name]

    @property
    def columns(self) -> list[str]:
        """Return the columns that travel."""
        return [
            column.name
            for column in self.sql.columns
            if column.computed is None and column.name not in self.without
        ]


_LATEST = ("created_at", "id")
_ENDED = "status IN ('completed', 'failed')"

_ALL = (
    Table(
        "users",
        ("id",),
        owner="id",
        without=frozenset({"password_hash", "session_epoch", "suspended_for"}),
        restored=False,
    ),
    Table("subscriptions", ("id",), restored=False),
    Table("usage_metrics", _LATEST, restored=False),
    Table(
        "sources",
        ("id",),
        alike=("url", "md5"),
        without=frozenset(
            {
                "wanted",
                "attempt",
                "fetching_since",
                "failures",
                "error",
                "error_code",
                "etag",
                "last_modified",
                "body_digest",
                "next_fetch_at",
            }
        ),
    ),
    Table(
        "news_history",
        _LATEST,
        newest_first=True,
        refers={"source_id": "sources"},
        loose=frozenset({"source_id"}),
        alike=("source_url", "md5"),
    ),
    Table("tags", ("id",), alike=("name", "lower")),
    Table(
        "story_tags",
        ("news_id", "tag_id"),
        refers={"news_id": "news_history", "tag_id": "tags"},
    ),
    Table(
        "source_tags",
        ("source_id", "tag_id"),
        refers={"source_id": "sources", "tag_id": "tags"},
    ),
    Table(
        "source_entries",
        ("source_id", "guid_digest"),
        refers={"source_id": "sources", "news_id": "news_history"},
        loose=frozenset({"news_id"}),
    ),
    Table(
        "audio_tracks",
        _LATEST,
        newest_first=True,
        refers={"news_id": "news_history"},
        files=Files({"storage_key": "audio"}),
        page=25,
    ),
    Table(
        "audio_alignments",
        ("id",),
        owner="",
        through="track_id",
        refers={"track_id": "audio_tracks"},
        alike=("track_id", ""),
        page=10,
    ),
    Table(
        "media_assets",
        _LATEST,
        newest_first=True,
        refers={"news_id": "news_history", "track_id": "audio_tracks"},
        files=Files({"storage_key": "media", "thumbnail_key": "thumbnails"}),
        page=25,
    ),
    Table(
        "audio_generation_history",
        _LATEST,
        newest_first=True,
        refers={"news_id": "news_history", "track_id": "audio_tracks"},
        where=_ENDED,
        # What it cost was paid on the site where it ran, and is never given back on another.
        fixed={"storage_key": None, "charged": 0, "charged_period": None},
        without=frozenset({"storage_key"}),
    ),
    Table("playback_positions", ("track_id",), refers={"track_id": "audio_tracks"}),
)

LEFT_OUT = {
    "account_tokens": "secrets of links that were mailed",
    "api_tokens": "secrets",
    "idempotency_keys": "answers to requests of the last hours",
    "subscription_imports": "an admin's files in the middle of being checked",
    "user_totals": "counted from the other rows",
    "usage_counters": "counted from the other rows; what one may use belongs to a site",
    "usage_daily": "counted from usage_metrics",
    "podcast_feeds": "a secret address, of one site only",
    "briefing_plans": "when and how this site makes a briefing",
    "briefings": "what became of each; the episodes themselves are narrations",
    "media_keeps": "what is still to be fetched; the address stands with the file itself",
    "archives": "the requests for archives themselves",
}
"""Tables with an owner that don't travel, and why."""


def all_tables() -> list[Table]:
    """Return what travels, in the order in which rows can refer to those before them."""
    return [table for table in _ALL if table.name in Base.metadata.tables]


def restored_tables() -> list[Table]:
    """Return those whose rows are brought in again."""
    return [table for table in all_tables() if table.restored]


def table_named(name: str) -> Table:
    """Return one of them."""
    return next(table for table in all_tables() if table.name == name)
