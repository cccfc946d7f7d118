"""Pictures and recordings that live elsewhere: fetched and stored when their reader wants to.

A reader asks, and a worker fetches. They go through the same gate as uploads. Nothing of them is
loaded by a page before that.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from config import settings
from errors import Conflict, NotFound
from extensions import db
from models import KeepState, MediaAsset, MediaKeep, MediaType
from queries import keeps as keep_queries
from queries.media import Asset, find_asset
from services import fetching, plans, uploads
from services.fetching import Limits
from services.media import MISSING, Batch
from services.refusals import UploadRefused
from services.storage import MEDIA, THUMBNAILS, new_key
from services.uploads import Prepared

KEPT_IN_MEMORY = 1024 * 1024
MOST_OPEN = 200
"""What one reader may have waiting."""
APART = timedelta(seconds=10)
"""Places of one reader in the queue, so that others who ask come in between."""


class TooMany(Conflict):
    """The reader waits for a great many files already."""

    def __init__(self) -> None:
        super().__init__(
            f"{MOST_OPEN} files are waiting to be kept already. Try again when some of them are."
        )


class AlreadyKept(Conflict):
    """The file is stored here by now."""

    def __init__(self) -> None:
        super().__init__("That file is kept already.")


@dataclass(frozen=True, slots=True)
class Keys:
    """Where a file and its small copy are stored."""

    file: str
    thumbnail: str | None

    @classmethod
    def of(cls, prepared: Prepared) -> "Keys":
        """Make new ones."""
        small = new_key(THUMBNAILS, "webp") if prepared.thumbnail is not None else None
        return cls(new_key(MEDIA, prepared.extension), small)

    @property
    def all(self) -> list[str]:
        """Return those that there are."""
        return [key for key in (self.file, self.thumbnail) if key]


def ask(user_id: UUID, media_id: UUID) -> None:
    """Have a file kept by the next worker; asking again is the same. The caller commits.

    Raises:
        NotFound: the reader has no such asset.
        AlreadyKept: it is stored.
        TooMany: they wait for too many.
        LimitReached: their plan stores no more.
    """
    asset = find_asset(user_id, media_id)
    if asset is None:
        raise NotFound(MISSING)
    if asset.stored:
        raise AlreadyKept
    plans.check_storage(user_id, 1)
    if keep_queries.count_others(user_id, media_id) >= MOST_OPEN:
        raise TooMany
    last = (
        select(func.max(MediaKeep.turn_at))
        .where(MediaKeep.user_id == user_id, MediaKeep.state != KeepState.FAILED)
        .scalar_subquery()
    )
    # The asset is locked first, as who deletes it does.
    wanted = (
        select(
            MediaAsset.id, MediaAsset.user_id, func.greatest(func.clock_timestamp(), last + APART)
        )
        .where(MediaAsset.user_id == user_id, MediaAsset.id == media_id)
        .with_for_update(read=True, key_share=True)
    )
    asking = insert(MediaKeep).from_select(["media_id", "user_id", "turn_at"], wanted)
    db.session.execute(
        asking.on_conflict_do_update(
            index_elements=[MediaKeep.media_id],
            set_={
                "state": KeepState.WAITING,
                "tries": 0,
                "error": "",
                "turn_at": asking.excluded.turn_at,
                "look_at": func.now(),
                "requested_at": func.now(),
            },
            where=MediaKeep.state == KeepState.FAILED,
        )
    )


@contextmanager
def fetched(asset: Asset, watch: Callable[[], None] = lambda: None) -> Iterator[Prepared]:
    """Fetch what an asset names and make it ready to be stored; no transaction may be open.

    `watch` is called whenever something has come, and may raise to end it.

    Raises:
        FetchError: it can't be had.
        UploadRefused: it is nothing that is kept here.
    """
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        stream = cast(BinaryIO, file)
        into = cast(BinaryIO, _Watched(stream, watch))
        fetching.fetch(asset.url, limits=limits_for(asset.type), into=into)
        prepared = uploads.examine(stream, name_of(asset), uploads.Limits.of(settings()))
        try:
            if prepared.kind is not asset.type:
                raise UploadRefused(prepared.name, f"is no {asset.noun} after all.")
            yield prepared
        finally:
            prepared.close()


def put(batch: Batch, keys: Keys, prepared: Prepared) -> None:
    """Put the objects of what was fetched; no transaction may be open.

    Raises:
        StorageError: storage does not answer.
    """
    batch.put_at(keys.file, prepared.body, prepared.content_type)
    if keys.thumbnail and prepared.thumbnail is not None:
        batch.put_at(keys.thumbnail, prepared.thumbnail, "image/webp")


def keep(user_id: UUID, asset: Asset, keys: Keys, prepared: Prepared, url: str) -> list[str]:
    """Let an asset name the objects that were put, and return the keys that it had before.

    The caller commits within the batch, and only then removes those.

    Raises:
        NotFound: the reader has no such asset any more that is not stored.
        LimitReached: it doesn't fit into their plan; roll back.
    """
    mine = (
        MediaAsset.user_id == user_id,
        MediaAsset.id == asset.id,
        MediaAsset.storage_key.is_(None),
        MediaAsset.track_id.is_(None),
    )
    # Locked, because a small copy of it may be made meanwhile.
    before = db.session.execute(
        select(MediaAsset.thumbnail_key).where(*mine).with_for_update()
    ).one_or_none()
    if before is None:
        raise NotFound(MISSING)
    small = len(prepared.thumbnail or b"")
    db.session.execute(
        update(MediaAsset)
        .where(*mine)
        .values(
            url=url,
            storage_key=keys.file,
            arrived=False,
            thumbnail_key=keys.thumbnail,
            content_type=prepared.content_type,
            byte_size=prepared.byte_size + small,
            sha256=prepared.sha256,
            title=func.coalesce(func.nullif(MediaAsset.title, ""), prepared.title),
            metadata_=prepared.metadata
            | {
                "file_size": prepared.byte_size,
                "thumbnail_size": small,
                "kept_from": asset.url,
            },
        )
        .execution_options(synchronize_session=False)
    )
    plans.check_storage(user_id, prepared.byte_size + small, stored=True)
    return [before.thumbnail_key] if before.thumbnail_key else []


def limits_for(kind: MediaType) -> Limits:
    """Return how much one file may take."""
    if kind is MediaType.IMAGE:
        return Limits.for_image(settings())
    return Limits.for_sound(settings())


def name_of(asset: Asset) -> str:
    """Return what to call a file, from its address."""
    return unquote(urlsplit(asset.url).path.rpartition("/")[2]) or asset.name


class _Watched:
    """A file that tells of each piece written to it."""

    def __init__(self, file: BinaryIO, watch: Callable[[], None]) -> None:
        self._file = file
        self._watch = watch

    def write(self, piece: bytes) -> int:
        self._watch()
        return self._file.write(piece)
