"""Pictures and recordings that live elsewhere: fetched and stored when their reader wants to.

They go through the same gate as uploads. Nothing of them is loaded by a page before that.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import update

from config import settings
from errors import Conflict, NotFound
from extensions import db
from models import MediaAsset, MediaType
from queries.media import Asset, find_asset, find_file
from services import fetching, uploads
from services.fetching import Limits
from services.media import MISSING, Batch
from services.refusals import UploadRefused
from services.storage import MEDIA, THUMBNAILS
from services.uploads import Prepared

log = logging.getLogger(__name__)

KEPT_IN_MEMORY = 1024 * 1024


@contextmanager
def fetched(asset: Asset) -> Iterator[Prepared]:
    """Fetch what an asset names and make it ready to be stored; no transaction may be open.

    Raises:
        FetchError: it can't be had.
        UploadRefused: it is nothing that is kept here.
    """
    with SpooledTemporaryFile(max_size=KEPT_IN_MEMORY) as file:
        stream = cast(BinaryIO, file)
        limits = limits_for(asset.type)
        fetching.fetch(asset.url, limits=limits, into=stream)
        prepared = uploads.examine(stream, name_of(asset), uploads.Limits.of(settings()))
        try:
            if prepared.kind is not asset.type:
                raise UploadRefused(prepared.name, f"is no {asset.noun} after all.")
            yield prepared
        finally:
            prepared.close()


def keep(batch: Batch, user_id: UUID, asset: Asset, prepared: Prepared) -> list[str]:
    """Store what was fetched for an asset, and return the keys that it had before.

    The caller commits within the batch, and only then removes those.

    Raises:
        NotFound: the reader has no such asset any more.
        Conflict: it is stored by now.
        StorageError: storage does not answer.
    """
    key = batch.put(MEDIA, prepared.extension, prepared.body, prepared.content_type)
    thumbnail_key = None
    if prepared.thumbnail is not None:
        thumbnail_key = batch.put(THUMBNAILS, "webp", prepared.thumbnail, "image/webp")
    before = find_file(user_id, asset.id)
    stored = db.session.scalar(
        update(MediaAsset)
        .where(
            MediaAsset.user_id == user_id,
            MediaAsset.id == asset.id,
            MediaAsset.storage_key.is_(None),
            MediaAsset.track_id.is_(None),
        )
        .values(
            url=batch.storage.url(key),
            storage_key=key,
            arrived=False,
            thumbnail_key=thumbnail_key,
            content_type=prepared.content_type,
            byte_size=prepared.byte_size + len(prepared.thumbnail or b""),
            sha256=prepared.sha256,
            title=asset.title or prepared.title,
            metadata_=prepared.metadata
            | {
                "file_size": prepared.byte_size,
                "thumbnail_size": len(prepared.thumbnail or b""),
                "kept_from": asset.url,
            },
        )
        .returning(MediaAsset.id)
    )
    if stored is None and find_asset(user_id, asset.id) is None:
        raise NotFound(MISSING)
    if stored is None:
        raise Conflict("That file is kept already.")
    small = before.thumbnail_key if before else None
    return [small] if small else []


def limits_for(kind: MediaType) -> Limits:
    """Return how much one file may take."""
    if kind is MediaType.IMAGE:
        return Limits.for_image(settings())
    return Limits.for_sound(settings())


def name_of(asset: Asset) -> str:
    """Return what to call a file, from its address."""
    return unquote(urlsplit(asset.url).path.rpartition("/")[2]) or asset.name
