"""Which rows name which stored objects."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import CompoundSelect, and_, collate, literal, select, union_all

from extensions import db
from models import Archive, AudioTrack, MediaAsset

KEYS = (
    MediaAsset.storage_key,
    MediaAsset.thumbnail_key,
    AudioTrack.storage_key,
    Archive.storage_key,
)
"""Every column that holds the key of an object."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The row that an object belongs to; `kind` is media, thumbnail or track."""

    kind: str
    id: UUID


def _each_key(among: Collection[str] | None = None) -> CompoundSelect[str]:
    return union_all(
        *(
            select(column.label("key")).where(
                column.is_not(None) if among is None else column.in_(among)
            )
            for column in KEYS
        )
    )


def every_key() -> Iterator[str]:
    """Yield every key that a row names, in the order of their bytes.

    For everyone's rows, so only within scope.WORKER or scope.OWNER. The rows come in
    batches from the server, and the transaction stays open until the last one is taken.

    SQL:
        SELECT keys.key
        FROM (SELECT storage_key AS key FROM media_assets WHERE storage_key IS NOT NULL
              UNION ALL
              SELECT thumbnail_key FROM media_assets WHERE thumbnail_key IS NOT NULL
              UNION ALL
              SELECT storage_key FROM audio_tracks WHERE storage_key IS NOT NULL
              UNION ALL
              SELECT storage_key FROM archives WHERE storage_key IS NOT NULL) AS keys
        ORDER BY keys.key COLLATE "C"
    """
    keys = _each_key().subquery("keys")
    statement = select(keys.c.key).order_by(collate(keys.c.key, "C"))
    yield from db.session.scalars(statement.execution_options(yield_per=5000))


def keys_in_use(keys: Collection[str]) -> set[str]:
    """Return those of `keys` that a row names, whoever owns it; for WORKER and OWNER."""
    return set(db.session.scalars(_each_key(keys)))


def find_holder(user_id: UUID, key: str) -> Holder | None:
    """Return what the reader keeps under `key`, or None."""
    rows = (
        (MediaAsset.id, MediaAsset.user_id, MediaAsset.storage_key, "media"),
        (MediaAsset.id, MediaAsset.user_id, MediaAsset.thumbnail_key, "thumbnail"),
        (AudioTrack.id, AudioTrack.user_id, AudioTrack.storage_key, "track"),
    )
    statement = union_all(
        *(
            select(literal(kind).label("kind"), row_id).where(and_(owner == user_id, column == key))
            for row_id, owner, column, kind in rows
        )
    ).limit(1)
    found = db.session.execute(statement).one_or_none()
    return Holder(*found) if found else None
