"""Stories as Markdown files with front matter, for whoever has no Earshot to read them with."""

import json
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import AudioTrack, MediaAsset, StoryTag, Tag
from queries import sources
from queries.story_parts import LONGEST_AUTHOR

_SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True)
class Belongings:
    """What other entries and tables of an archive hold of one story."""

    source: str = ""
    """What its reader calls where it came from; empty when it came from nowhere."""
    tags: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    """Entries of its pictures and recordings."""
    audio: list[str] = field(default_factory=list)
    """Entries of its narrations."""


def entry_name(folder: str, row_id: object, key: str) -> str:
    """Return the name within the archive of what a row keeps in storage under `key`."""
    return f"{folder}/{row_id}{PurePosixPath(key).suffix}"


def file_name(row: dict[str, Any]) -> str:
    """Return `<date>-<slug>` of a story."""
    moment = datetime.fromisoformat(str(row["created_at"]))
    plain = unicodedata.normalize("NFKD", str(row["headline"])).encode("ascii", "ignore").decode()
    slug = _SLUG.sub("-", plain.lower()).strip("-")[:LONGEST_SLUG].strip("-") or "story"
    return f"{moment:%Y-%m-%d}-{slug}"


def as_markdown(row: dict[str, Any], about: Belongings) -> str:
    """Return a story with what is known of it in front, which YAML and people read."""
    known = {
        "title": row["headline"],
        "id": row["id"],
        "author": _author_of(row.get("metadata")),
        "source": about.source or None,
        "source_url": row.get("source_url"),
        "published_at": row.get("published_at"),
        "created_at": row["created_at"],
        "read_at": row.get("read_at"),
        "starred_at": row.get("starred_at"),
        "archived_at": row.get("archived_at"),
        "tags": about.tags,
        "media": about.media,
        "audio": about.audio,
    }
    # JSON is YAML, and its strings need no rules about quotes and colons.
    lines = [
        f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in known.items()
        if value not in (None, [])
    ]
    return "\n".join(["---", *lines, "---", "", str(row["content"]).rstrip("\n"), ""])


def _author_of(metadata: object) -> str | None:
    """Return who wrote a story; another archive may have brought anything in that place."""
    author = metadata.get("author") if isinstance(metadata, dict) else None
    return author[:LONGEST_AUTHOR].strip() or None if isinstance(author, str) else None


def belongings_of(user_id: UUID, news_ids: list[UUID]) -> dict[str, Belongings]:
    """Return what belongs to each of some stories, by their ids; four statements in all."""
    origins = sources.origins_of(user_id, news_ids)
    tags = _tags_of(user_id, news_ids)
    media = _entries_of(MediaAsset, "media", user_id, news_ids)
    audio = _entries_of(AudioTrack, "audio", user_id, news_ids)
    return {
        str(one): Belongings(
            origins[one].label if one in origins else "", tags[one], media[one], audio[one]
        )
        for one in news_ids
    }


def _tags_of(user_id: UUID, news_ids: list[UUID]) -> dict[UUID, list[str]]:
    rows = db.session.execute(
        select(StoryTag.news_id, func.array_agg(Tag.name))
        .join(Tag, (Tag.id == StoryTag.tag_id) & (Tag.user_id == StoryTag.user_id))
        .where(StoryTag.user_id == user_id, StoryTag.news_id.in_(news_ids))
        .group_by(StoryTag.news_id)
    )
    return defaultdict(list, {row[0]: sorted(row[1], key=str.lower) for row in rows})


def _entries_of(
    model: type[MediaAsset | AudioTrack], folder: str, user_id: UUID, news_ids: list[UUID]
) -> dict[UUID, list[str]]:
    """Return the entries of what is stored for stories, the oldest first."""
    rows = db.session.execute(
        select(model.news_id, model.id, model.storage_key)
        .where(model.user_id == user_id, model.news_id.in_(news_ids))
        .order_by(model.created_at, model.id)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for news_id, row_id, key in rows:
        if news_id is None or key is None:
            continue  # it lives elsewhere, so that the archive has no file of it
        found[news_id].append(entry_name(folder, row_id, key))
    return found
