"""What a story's row shows beside its own columns, as subqueries that give JSON or words."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    case,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSON, aggregate_order_by

from models import AudioGeneration, AudioTrack, MediaAsset, MediaType, Source, StoryTag, Tag

LONGEST_AUTHOR = 200
"""Characters of the names of who wrote a story."""


def media_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select {id, type, url} of each asset, oldest first; an empty list for none."""
    asset = func.json_build_object(
        "id", MediaAsset.id, "type", MediaAsset.type, "url", MediaAsset.url
    )
    listed = func.json_agg(aggregate_order_by(asset, MediaAsset.created_at, MediaAsset.id))
    return (
        select(func.coalesce(listed, literal([], JSON), type_=JSON))
        .where(MediaAsset.news_id == news_id)
        .scalar_subquery()
        .label("media")
    )


def author_of(metadata: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """Select who wrote a story, or NULL; an archive may have brought anything in that place."""
    cut = func.left(metadata["author"].astext, LONGEST_AUTHOR)
    words = func.btrim(cut, " \t\r\n", type_=String)
    is_text = func.jsonb_typeof(metadata["author"]) == "string"
    return case((is_text, func.nullif(words, "", type_=String))).label("author")


def take_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select {id, duration, voice} of the narration that a story plays, or NULL."""
    take = func.json_build_object(
        "id",
        AudioTrack.id,
        "duration",
        AudioTrack.duration,
        "voice",
        AudioTrack.metadata_["voiceName"].astext,
        type_=JSON,
    )
    return (
        select(take)
        .where(AudioTrack.news_id == news_id, AudioTrack.storage_key.is_not(None))
        .order_by(AudioTrack.chosen_at.desc(), AudioTrack.created_at.desc(), AudioTrack.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("take")
    )


def generation_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select how far the latest attempt at a narration is, or NULL."""
    shown = ("id", "status", "stage", "progress", "failures", "error", "error_code")
    pairs = [part for name in shown for part in (name, getattr(AudioGeneration, name))]
    age = extract("epoch", func.now() - AudioGeneration.created_at)
    return (
        select(func.json_build_object(*pairs, "age", age, type_=JSON))
        .where(AudioGeneration.news_id == news_id)
        .order_by(AudioGeneration.created_at.desc(), AudioGeneration.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("generation")
    )


def sound_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select {id, duration, count} of the first of the sounds stored for a story, or NULL."""
    pairs = ("id", MediaAsset.id, "duration", MediaAsset.metadata_["duration"])
    return (
        select(func.json_build_object(*pairs, "count", func.count().over(), type_=JSON))
        .where(
            MediaAsset.news_id == news_id,
            MediaAsset.type == MediaType.AUDIO,
            MediaAsset.track_id.is_(None),
            MediaAsset.storage_key.is_not(None),
        )
        .order_by(MediaAsset.created_at, MediaAsset.id)
        .limit(1)
        .scalar_subquery()
        .label("sound")
    )


def sounds_elsewhere_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[int]:
    """Select how many of a story's recordings were not kept, and stay where they came from."""
    return (
        select(func.count())
        .where(
            MediaAsset.news_id == news_id,
            MediaAsset.type == MediaType.AUDIO,
            MediaAsset.track_id.is_(None),
            MediaAsset.storage_key.is_(None),
        )
        .scalar_subquery()
        .label("sounds_elsewhere")
    )


def picture_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select {id, stored, count} of the first picture that can be shown, or NULL.

    Of one that lives elsewhere there may be a small copy only; then `stored` is false.
    """
    stored = MediaAsset.storage_key.is_not(None)
    pairs = ("id", MediaAsset.id, "stored", stored, "count", func.count().over())
    return (
        select(func.json_build_object(*pairs, type_=JSON))
        .where(
            MediaAsset.news_id == news_id,
            MediaAsset.type == MediaType.IMAGE,
            MediaAsset.thumbnail_key.is_not(None),
        )
        .order_by(MediaAsset.created_at, MediaAsset.id)
        .limit(1)
        .scalar_subquery()
        .label("picture")
    )


def tags_of(news_id: SQLColumnExpression[UUID]) -> ColumnElement[Any]:
    """Select {id, name} of each of a story's tags, by name; an empty list for none."""
    tag = func.json_build_object("id", Tag.id, "name", Tag.name)
    listed = func.json_agg(aggregate_order_by(tag, func.lower(Tag.name)))
    return (
        select(func.coalesce(listed, literal([], JSON), type_=JSON))
        .join_from(StoryTag, Tag, Tag.id == StoryTag.tag_id)
        .where(StoryTag.news_id == news_id)
        .scalar_subquery()
        .label("tags")
    )


def source_words() -> ColumnElement[str]:
    """Select what a source is called: by its reader, by itself, or by its host."""
    return func.coalesce(
        func.nullif(Source.name, "", type_=String),
        func.nullif(Source.title, "", type_=String),
        Source.host,
        type_=String,
    )


def source_label_of(source_id: SQLColumnExpression[UUID | None]) -> ColumnElement[Any]:
    """Select what the source is called that a story arrived from, or NULL."""
    return (
        select(source_words()).where(Source.id == source_id).scalar_subquery().label("source_label")
    )
