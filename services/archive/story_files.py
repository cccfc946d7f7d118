"""Stories as Markdown files with front matter, for whoever has no Earshot to read them with."""

import json
import re
import unicodedata
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from extensions import db
from models import StoryTag, Tag

_SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 60


def file_name(row: dict[str, Any]) -> str:
    """Return `<date>-<slug>` of a story."""
    moment = datetime.fromisoformat(str(row["created_at"]))
    plain = unicodedata.normalize("NFKD", str(row["headline"])).encode("ascii", "ignore").decode()
    slug = _SLUG.sub("-", plain.lower()).strip("-")[:LONGEST_SLUG].strip("-") or "story"
    return f"{moment:%Y-%m-%d}-{slug}"


def as_markdown(row: dict[str, Any], tags: list[str]) -> str:
    """Return a story with what is known of it in front, which YAML and people read."""
    known = {
        "title": row["headline"],
        "id": row["id"],
        "source_url": row.get("source_url"),
        "published_at": row.get("published_at"),
        "created_at": row["created_at"],
        "read_at": row.get("read_at"),
        "starred_at": row.get("starred_at"),
        "archived_at": row.get("archived_at"),
        "tags": tags,
    }
    # JSON is YAML, and its strings need no rules about quotes and colons.
    lines = [
        f"{name}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in known.items()
        if value not in (None, [])
    ]
    return "\n".join(["---", *lines, "---", "", str(row["content"]).rstrip("\n"), ""])


def tags_of(user_id: UUID, news_ids: list[UUID]) -> dict[str, list[str]]:
    """Return the tags of some stories, in order, by the stories' ids."""
    rows = db.session.execute(
        select(StoryTag.news_id, func.array_agg(Tag.name))
        .join(Tag, (Tag.id == StoryTag.tag_id) & (Tag.user_id == StoryTag.user_id))
        .where(StoryTag.user_id == user_id, StoryTag.news_id.in_(news_ids))
        .group_by(StoryTag.news_id)
    )
    return {str(row[0]): sorted(row[1], key=str.lower) for row in rows}
