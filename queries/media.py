"""Reads of media assets: a reader's images and sounds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select, tuple_

from extensions import db
from models import MediaAsset, MediaType, NewsStory
from queries.paging import Cursor


@dataclass(frozen=True, slots=True)
class Asset:
    """An image or a sound as lists and pages show it."""

    id: UUID
    created_at: datetime
    updated_at: datetime
    type: MediaType
    title: str
    alt_text: str
    url: str
    content_type: str | None
    byte_size: int
    stored: bool
    """False for something that lives elsewhere and can't be served here."""
    has_thumbnail: bool
    news_id: UUID | None
    headline: str | None
    """Of the story it belongs to."""
    original_name: str
    width: int | None
    height: int | None
    """Pixels, of images; None when unknown."""
    duration: float | None
    """Seconds, of sounds; None when unknown."""
    peaks: list[int]
    """Loudness over time, 0 to 100; empty when unknown."""
    came_from: str
    """The address elsewhere where it is or was; empty for uploads."""

    @property
    def name(self) -> str:
        """Return what to call it."""
        return self.title or self.original_name or f"Untitled {self.noun}"

    @property
    def noun(self) -> str:
        """Return what it is to a reader."""
        return "picture" if self.type is MediaType.IMAGE else "sound"

    @property
    def can_be_shown(self) -> bool:
        """Say whether it is a picture of which something is here, if only a small copy."""
        return self.type is MediaType.IMAGE and self.has_thumbnail

    @property
    def can_be_played(self) -> bool:
        """Say whether it is a sound that is here."""
        return self.type is MediaType.AUDIO and self.stored


@dataclass(frozen=True, slots=True)
class File:
    """What it takes to send an asset; sizes in bytes, None when unknown."""

    storage_key: str | None
    thumbnail_key: str | None
    content_type: str
    name: str
    size: int | None
    thumbnail_size: int | None
    created_at: datetime


_COLUMNS: tuple[Any, ...] = (
    MediaAsset.id,
    MediaAsset.created_at,
    MediaAsset.updated_at,
    MediaAsset.type,
    MediaAsset.title,
    MediaAsset.alt_text,
    MediaAsset.url,
    MediaAsset.content_type,
    MediaAsset.byte_size,
    MediaAsset.storage_key.is_not(None).label("stored"),
    MediaAsset.thumbnail_key.is_not(None),
    MediaAsset.news_id,
    NewsStory.headline,
    MediaAsset.metadata_,
)
"""The fields of Asset in order; those that are read out of the metadata come last."""


def library(
    user_id: UUID,
    *,
    type: str | None = None,
    unused: bool = False,
    before: Cursor | None = None,
    limit: int = 40,
) -> list[Asset]:
    """Return a reader's newest assets, of one type or without a story if asked.

    Narrations are no part of the library, nor is what arrived with stories and was not kept.

    SQL:
        SELECT m.id, m.created_at, m.type, m.title, m.news_id, n.headline, m.metadata
        FROM media_assets AS m
        LEFT JOIN news_history AS n ON n.id = m.news_id AND n.user_id = m.user_id
        WHERE m.user_id = :user_id
          AND (CAST(:type AS text) IS NULL OR m.type = :type)
          AND (NOT CAST(:unused AS boolean) OR m.news_id IS NULL)
          AND m.track_id IS NULL AND NOT m.arrived
          AND (CAST(:before_at AS timestamptz) IS NULL
               OR (m.created_at, m.id) < (:before_at, CAST(:before_id AS uuid)))
        ORDER BY m.created_at DESC, m.id DESC
        LIMIT CAST(:limit AS integer)
    """
    statement = _assets(user_id).where(MediaAsset.track_id.is_(None), ~MediaAsset.arrived)
    if type is not None:
        statement = statement.where(MediaAsset.type == MediaType(type))
    if unused:
        statement = statement.where(MediaAsset.news_id.is_(None))
    if before:
        place = tuple_(MediaAsset.created_at, MediaAsset.id)
        statement = statement.where(place < tuple_(before.created_at, before.id))
    newest = statement.order_by(MediaAsset.created_at.desc(), MediaAsset.id.desc()).limit(limit)
    return [_asset(row) for row in db.session.execute(newest)]


def of_story(user_id: UUID, news_id: UUID) -> list[Asset]:
    """Return the assets of one story in the order they were added, without its narrations."""
    statement = _assets(user_id).where(MediaAsset.news_id == news_id, MediaAsset.track_id.is_(None))
    oldest = statement.order_by(MediaAsset.created_at, MediaAsset.id)
    return [_asset(row) for row in db.session.execute(oldest)]


def find_asset(user_id: UUID, media_id: UUID) -> Asset | None:
    """Return one asset with the story it belongs to, or None; a narration is none."""
    row = db.session.execute(
        _assets(user_id).where(MediaAsset.id == media_id, MediaAsset.track_id.is_(None))
    ).one_or_none()
    return _asset(row) if row else None


def track_of(user_id: UUID, media_id: UUID) -> UUID | None:
    """Return the narration that an asset stands for, or None."""
    return db.session.scalar(
        select(MediaAsset.track_id).where(MediaAsset.user_id == user_id, MediaAsset.id == media_id)
    )


def find_by_sha256(user_id: UUID, sha256: str, news_id: UUID | None = None) -> Asset | None:
    """Return the asset that was made of exactly those bytes, or None.

    Of several, one of the story `news_id` comes first, then one without a story.
    """
    statement = (
        _assets(user_id)
        .where(MediaAsset.sha256 == sha256)
        .order_by(
            MediaAsset.news_id.is_not_distinct_from(news_id).desc(),
            MediaAsset.news_id.is_not(None),
            MediaAsset.created_at,
            MediaAsset.id,
        )
        .limit(1)
    )
    row = db.session.execute(statement).one_or_none()
    return _asset(row) if row else None


def find_file(user_id: UUID, media_id: UUID) -> File | None:
    """Return where an asset's bytes are, or None when it isn't this reader's."""
    row = db.session.execute(
        select(
            MediaAsset.storage_key,
            MediaAsset.thumbnail_key,
            MediaAsset.content_type,
            MediaAsset.title,
            MediaAsset.metadata_,
            MediaAsset.created_at,
        ).where(MediaAsset.user_id == user_id, MediaAsset.id == media_id)
    ).one_or_none()
    if row is None:
        return None
    known = row.metadata_ if isinstance(row.metadata_, dict) else {}
    return File(
        row.storage_key,
        row.thumbnail_key,
        row.content_type or "application/octet-stream",
        str(known.get("original_name") or row.title or "file"),
        _whole(known.get("file_size")),
        _whole(known.get("thumbnail_size")),
        row.created_at,
    )


def _assets(user_id: UUID) -> Select[Any]:
    same_story = and_(NewsStory.id == MediaAsset.news_id, NewsStory.user_id == MediaAsset.user_id)
    return select(*_COLUMNS).outerjoin(NewsStory, same_story).where(MediaAsset.user_id == user_id)


def _asset(row: Any) -> Asset:
    columns = list(row)
    metadata = columns.pop()
    url, stored = row.url, row.stored
    known = metadata if isinstance(metadata, dict) else {}
    peaks = known.get("peaks")
    columns += (
        str(known.get("original_name") or ""),
        _whole(known.get("width")),
        _whole(known.get("height")),
        _number(known.get("duration")),
        [int(peak) for peak in peaks] if isinstance(peaks, list) else [],
        str(known.get("kept_from") or ("" if stored else url)),
    )
    return Asset(*columns)


def _whole(value: Any) -> int | None:
    """Return a positive whole number; rows of other systems may hold anything."""
    return value if type(value) is int and value > 0 else None


def _number(value: Any) -> float | None:
    return float(value) if type(value) in {int, float} and value > 0 else None
