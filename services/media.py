"""Storing, changing and deleting images and sounds.

Objects are put before the row that names them and removed after it is gone, so that a row
never points at nothing. What a failure in between leaves behind is removed at once where
that can be, and by `flask storage sweep` where not.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, update
from sqlalchemy.exc import DBAPIError

from errors import AppError, Conflict, NotFound
from extensions import db
from models import MediaAsset
from queries.media import find_asset, find_by_sha256
from services import plans, usage
from services.storage import MEDIA, THUMBNAILS, Source, Storage, new_key
from services.uploads import Prepared
from services.usage import Action

log = logging.getLogger(__name__)

MISSING = "That file doesn't exist, or isn't yours."
UPLOADED = MediaAsset.track_id.is_(None)
"""Narrations stand among the assets of their story, but are changed and deleted as tracks."""


class InUse(Conflict):
    """The asset belongs to a story; deleting it must be asked for expressly."""

    def __init__(self, name: str, news_id: UUID, headline: str) -> None:
        super().__init__(f"{name} belongs to the story “{headline}”.")
        self.news_id = news_id
        self.headline = headline


@dataclass(frozen=True, slots=True)
class Batch:
    """Files that are stored together or not at all; made by `batch`."""

    storage: Storage
    keys: list[str]
    """Of every object that was put, or may have been."""

    def store(self, user_id: UUID, prepared: Prepared, news_id: UUID | None = None) -> UUID:
        """Put a file's objects, write its row and return the row's id.

        The caller commits within the batch.

        Raises:
            StorageError: storage does not answer.
            LimitReached: the reader's plan stores no more; roll back.
        """
        taken = prepared.byte_size + len(prepared.thumbnail or b"")
        plans.check_storage(user_id, taken)
        key = self.put(MEDIA, prepared.extension, prepared.body, prepared.content_type)
        metadata = prepared.metadata | {"file_size": prepared.byte_size}
        thumbnail_key = None
        if prepared.thumbnail is not None:
            thumbnail_key = self.put(THUMBNAILS, "webp", prepared.thumbnail, "image/webp")
            metadata["thumbnail_size"] = len(prepared.thumbnail)
        media_id: UUID = db.session.execute(
            insert(MediaAsset)
            .values(
                user_id=user_id,
                news_id=news_id,
                type=prepared.kind,
                url=self.storage.url(key),
                storage_key=key,
                thumbnail_key=thumbnail_key,
                content_type=prepared.content_type,
                byte_size=taken,
                sha256=prepared.sha256,
                title=prepared.title,
                metadata_=metadata,
                # Not the transaction's start: files of one form keep their order.
                created_at=func.clock_timestamp(),
            )
            .returning(MediaAsset.id)
        ).scalar_one()
        plans.check_storage(user_id, taken, stored=True)
        usage.record(user_id, Action.MEDIA_UPLOADED, news_id=news_id)
        return media_id

    def store_for_story(
        self, user_id: UUID, news_id: UUID, prepared: Iterable[Prepared]
    ) -> list[UUID]:
        """Give a story its files and return their ids in order.

        Of bytes that wait in the library already, that asset is used; bytes that belong to
        another story are stored once more, and twice the same for this one count once.
        """
        ids: list[UUID] = []
        for file in prepared:
            same = find_by_sha256(user_id, file.sha256, news_id)
            if same and same.news_id is None:
                ids += attach(user_id, [same.id], news_id)
            elif same and same.news_id == news_id:
                ids.append(same.id)
            else:
                ids.append(self.store(user_id, file, news_id))
        return list(dict.fromkeys(ids))

    def put(self, kind: str, extension: str, source: Source, content_type: str) -> str:
        """Put one object and return its key; it goes again if the batch fails.

        Raises:
            StorageError: storage does not answer.
        """
        return self.put_at(new_key(kind, extension), source, content_type)

    def put_at(self, key: str, source: Source, content_type: str) -> str:
        """Put one object under a new key that was noted somewhere, and return that.

        Raises:
            StorageError: storage does not answer.
        """
        self.keys.append(key)
        self.storage.put(key, source, content_type)
        return key


@contextmanager
def batch(storage: Storage) -> Iterator[Batch]:
    """Store files within a block that ends with a commit; if it fails, nothing stays.

    When the connection breaks while the commit runs, nobody can say whether it happened.
    Then the objects stay, because a row might name them, and the sweep decides later.
    """
    files = Batch(storage, [])
    try:
        yield files
    except BaseException as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            log.warning("%d objects are left to the sweep", len(files.keys))
        else:
            delete_objects(storage, files.keys)
        raise


def attach(user_id: UUID, media_ids: Collection[UUID], news_id: UUID) -> list[UUID]:
    """Give assets from the library to a story, and return their ids. The caller commits.

    Raises:
        NotFound: one of them isn't the reader's.
        Conflict: one of them belongs to another story by now.
    """
    if not media_ids:
        return []
    wanted = list(dict.fromkeys(media_ids))
    taken = set(
        db.session.scalars(
            update(MediaAsset)
            .where(
                MediaAsset.user_id == user_id,
                MediaAsset.id.in_(wanted),
                UPLOADED,
                or_(MediaAsset.news_id.is_(None), MediaAsset.news_id == news_id),
            )
            .values(news_id=news_id)
            .returning(MediaAsset.id)
        )
    )
    for media_id in wanted:
        if media_id in taken:
            continue
        asset = find_asset(user_id, media_id)
        if asset is None:
            raise NotFound(MISSING)
        raise Conflict(f"{asset.name} belongs to another story by now. Choose again.")
    return wanted


def detach(user_id: UUID, media_id: UUID) -> None:
    """Take an asset out of its story, back to the library. The caller commits.

    Raises:
        NotFound: the reader has no such asset.
    """
    _change(user_id, media_id, news_id=None)


def take_out(user_id: UUID, media_ids: Collection[UUID], news_id: UUID) -> None:
    """Take some of a story's assets back to the library; others are left alone.

    The caller commits.
    """
    if media_ids:
        db.session.execute(
            update(MediaAsset)
            .where(
                MediaAsset.user_id == user_id,
                MediaAsset.news_id == news_id,
                MediaAsset.id.in_(media_ids),
            )
            .values(news_id=None)
        )


def edit(user_id: UUID, media_id: UUID, title: str, alt_text: str) -> None:
    """Replace what the reader wrote of an asset. The caller commits.

    Raises:
        NotFound: the reader has no such asset.
    """
    _change(user_id, media_id, title=title, alt_text=alt_text)


def delete_asset(user_id: UUID, media_id: UUID, *, even_if_used: bool = False) -> list[str]:
    """Delete an asset's row and return the keys of its objects.

    The caller commits, and only then calls `delete_objects`. An asset of a story is only
    deleted with `even_if_used`.

    Raises:
        NotFound: the reader has no such asset.
        InUse: it belongs to a story.
    """
    free = [] if even_if_used else [MediaAsset.news_id.is_(None)]
    keys = _delete(user_id, MediaAsset.id == media_id, *free)
    if keys is not None:
        return keys
    asset = find_asset(user_id, media_id)
    if asset is None:
        raise NotFound(MISSING)
    if asset.news_id is None or even_if_used:
        raise Conflict("That file was changed a moment ago. Try again.")
    raise InUse(asset.name, asset.news_id, asset.headline or "")


def detach_all(user_id: UUID, news_id: UUID) -> None:
    """Take a story's assets back to the library. The caller commits."""
    db.session.execute(
        update(MediaAsset)
        .where(MediaAsset.user_id == user_id, MediaAsset.news_id == news_id, UPLOADED)
        .values(news_id=None)
    )


def delete_all(user_id: UUID, news_id: UUID) -> list[str]:
    """Delete the rows of a story's assets and return the keys of their objects.

    The caller commits, and only then calls `delete_objects`.
    """
    return _delete(user_id, MediaAsset.news_id == news_id) or []


def delete_remote(user_id: UUID, news_id: UUID) -> list[str]:
    """Delete what arrived with a story and was not kept, and return the keys of small copies.

    The caller commits, and only then calls `delete_objects`.
    """
    return _delete(user_id, MediaAsset.news_id == news_id, MediaAsset.arrived.is_(True)) or []


def delete_objects(storage: Storage, keys: Iterable[str]) -> None:
    """Remove objects that no row names any more; what can't be removed is left to the sweep."""
    for key in keys:
        try:
            storage.delete(key)
        except AppError as error:
            log.warning("%s is left to the sweep: %s", key, error)


def _change(user_id: UUID, media_id: UUID, **values: object) -> None:
    changed = db.session.scalar(
        update(MediaAsset)
        .where(MediaAsset.user_id == user_id, MediaAsset.id == media_id, UPLOADED)
        .values(**values)
        .returning(MediaAsset.id)
    )
    if changed is None:
        raise NotFound(MISSING)


def _delete(user_id: UUID, *which: ColumnElement[bool]) -> list[str] | None:
    """Delete rows and return the keys they named, or None when there was no such row."""
    rows = db.session.execute(
        delete(MediaAsset)
        .where(MediaAsset.user_id == user_id, UPLOADED, *which)
        .returning(MediaAsset.storage_key, MediaAsset.thumbnail_key)
    ).all()
    return [key for row in rows for key in row if key is not None] if rows else None
