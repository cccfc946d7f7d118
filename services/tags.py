"""Giving, taking and keeping tags: a reader's own words for stories, in any script."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.exc import IntegrityError

from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import NewsStory, StoryTag, Tag
from queries.tags import TagName, all_tags, get_tag, most_on_a_story, tags_for
from services.reading import within_limit

LONGEST = 50
"""Characters of a tag."""
MOST = 500
"""Tags of a reader."""
MOST_ON_STORY = 20
MISSING = "That tag doesn't exist, or isn't yours."

_BETWEEN = re.compile(r"[,;\n\u060c\u3001\uff0c\uff1b]+")
"""What separates tags, in several scripts."""


def names_in(typed: str) -> list[str]:
    """Return the tags that somebody typed, separated by commas, each once.

    Raises:
        InvalidInput: there is none, or one that can't be a tag.
    """
    found: dict[str, str] = {}
    for part in _BETWEEN.split(typed):
        if part.strip().lstrip("#").strip():
            name = one_name(part)
            found.setdefault(name.casefold(), name)
    if not found:
        raise InvalidInput("Type a tag.")
    return list(found.values())


def one_name(typed: str) -> str:
    """Return a tag as it is kept: composed, on one line, without a leading #.

    Raises:
        InvalidInput: it can't be one.
    """
    name = unicodedata.normalize("NFC", typed)
    name = re.sub(r"\s+", " ", name).strip().lstrip("#").strip()
    if not name:
        raise InvalidInput("Type a tag.")
    if _BETWEEN.search(name):
        raise InvalidInput("A tag has no comma in it.")
    if len(name) > LONGEST:
        raise InvalidInput(f"Keep a tag within {LONGEST} characters.")
    if any(unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn"} for one in name):
        raise InvalidInput("A tag is made of letters, digits and signs.")
    if all(unicodedata.category(one)[0] in "ZC" for one in name):
        raise InvalidInput("Type a tag that can be seen.")
    return name


def ensure(user_id: UUID, names: Iterable[str]) -> list[TagName]:
    """Return the reader's tags of these names, made where they lack. The caller commits.

    Raises:
        InvalidInput: the reader would have too many.
    """
    known = {tag.name.casefold(): tag for tag in all_tags(user_id)}
    wanted = {name.casefold(): name for name in names}
    fresh = [name for key, name in wanted.items() if key not in known]
    if not fresh:
        return [known[key] for key in wanted]
    if len(known) + len(fresh) > MOST:
        raise InvalidInput(f"You have {len(known)} tags; there can be {MOST}. Delete some first.")
    db.session.execute(
        insert_or(Tag)
        .values([{"user_id": user_id, "name": name} for name in fresh])
        .on_conflict_do_nothing()
    )
    # Read again: another request may have made one of them meanwhile.
    known = {tag.name.casefold(): tag for tag in all_tags(user_id)}
    return [known[key] for key in wanted if key in known]


def give(
    user_id: UUID, ids: Iterable[UUID], names: Iterable[str], *, by_source: bool = False
) -> list[TagName]:
    """Put tags on stories and return the tags. Ids of others' stories are passed over.

    `by_source` is for what a source does to its stories; a tag that the reader gives as well
    is theirs. The caller commits.

    Raises:
        InvalidInput: too many stories or tags, or too many on one story.
    """
    named = within_limit(ids)
    tags = ensure(user_id, names)
    mine = select(NewsStory.id, NewsStory.user_id).where(
        NewsStory.user_id == user_id, NewsStory.id.in_(named)
    )
    for tag in tags:
        given = insert_or(StoryTag).from_select(
            ["news_id", "user_id", "tag_id", "by_source"],
            mine.add_columns(literal(tag.id), literal(by_source)),
        )
        key = ["news_id", "tag_id"]
        db.session.execute(
            given.on_conflict_do_nothing(index_elements=key)
            if by_source
            else given.on_conflict_do_update(index_elements=key, set_={"by_source": False})
        )
    if most_on_a_story(user_id, named) > MOST_ON_STORY:
        raise InvalidInput(f"A story carries up to {MOST_ON_STORY} tags.")
    return tags


def take(user_id: UUID, ids: Iterable[UUID], tag_ids: Iterable[UUID]) -> int:
    """Take tags off stories and return how many were on them. The caller commits."""
    gone = db.session.execute(
        delete(StoryTag).where(
            StoryTag.user_id == user_id,
            StoryTag.news_id.in_(within_limit(ids)),
            StoryTag.tag_id.in_(list(tag_ids)),
        )
    )
    return cast(CursorResult[Any], gone).rowcount


def replace(user_id: UUID, news_id: UUID, names: Iterable[str]) -> None:
    """Let a story carry these tags and no others. The caller commits.

    A tag that stays is left as it was given, by its source or by hand.

    Raises:
        InvalidInput: these are too many tags, for the story or for the reader.
    """
    wanted = {name.casefold(): name for name in names}
    carried = {tag.name.casefold(): tag.id for tag in tags_for(user_id, news_id) if tag.carried}
    take(user_id, [news_id], [tag_id for key, tag_id in carried.items() if key not in wanted])
    fresh = [name for key, name in wanted.items() if key not in carried]
    if fresh:
        give(user_id, [news_id], fresh)


@dataclass(frozen=True, slots=True)
class Renamed:
    """What a tag is called now."""

    name: str
    merged: bool
    """There was a tag of that name already, and it took over the stories."""


def rename(user_id: UUID, tag_id: UUID, typed: str) -> Renamed:
    """Call a tag something else; if another one has that name, they become one.

    The caller commits.

    Raises:
        NotFound: the reader has no such tag.
        InvalidInput: that is no name for one.
        Conflict: another request made a tag of that name at this moment.
    """
    tag = get_tag(user_id, tag_id)
    if tag is None:
        raise NotFound(MISSING)
    name = one_name(typed)
    same = [one for one in all_tags(user_id) if one.name.casefold() == name.casefold()]
    other = next((one for one in same if one.id != tag_id), None)
    if other:
        _merge(user_id, tag, other)
        return Renamed(other.name, merged=True)
    try:
        with db.session.begin_nested():
            db.session.execute(
                update(Tag).where(Tag.user_id == user_id, Tag.id == tag_id).values(name=name)
            )
    except IntegrityError as error:
        raise Conflict("There is a tag of that name now. Try again.") from error
    return Renamed(name, merged=False)


def remove(user_id: UUID, tag_id: UUID) -> str:
    """Delete a tag and return its name; its stories stay. The caller commits.

    Raises:
        NotFound: the reader has no such tag.
    """
    name: str | None = db.session.scalar(
        delete(Tag).where(Tag.user_id == user_id, Tag.id == tag_id).returning(Tag.name)
    )
    if name is None:
        raise NotFound(MISSING)
    return name


def _merge(user_id: UUID, tag: TagName, other: TagName) -> None:
    """Let `other` take over the stories of `tag`, which is deleted."""
    carried = select(
        StoryTag.news_id, StoryTag.user_id, literal(other.id), StoryTag.by_source
    ).where(StoryTag.user_id == user_id, StoryTag.tag_id == tag.id)
    over = insert_or(StoryTag).from_select(["news_id", "user_id", "tag_id", "by_source"], carried)
    # What either of them was given by hand was given by hand.
    by_hand = StoryTag.by_source & over.excluded.by_source
    db.session.execute(
        over.on_conflict_do_update(
            index_elements=["news_id", "tag_id"], set_={"by_source": by_hand}
        )
    )
    remove(user_id, tag.id)
