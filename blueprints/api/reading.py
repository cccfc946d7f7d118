"""What a reader does with stories: read, star, archive and tag them."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Response

from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import operation
from blueprints.api.stories import wanted_by
from blueprints.api.story_shapes import Changed, CountedTag, ReadAll, Reading, StoryTags, Tags
from blueprints.api.story_wishes import ManyMarked, Part, ReadingChange, TagChange, TagNames, UpTo
from errors import Conflict, InvalidInput, NotFound
from extensions import db
from models import TokenScope
from queries import news as news_queries
from queries import reading as reading_queries
from queries import tags as tag_queries
from queries.paging import Cursor
from queries.reading import MarkedStory
from services import news, reading, tags
from services.news import MISSING

READ, WRITE = TokenScope.READ_STORIES, TokenScope.WRITE_STORIES


class TagsRefused(Conflict):
    """These words can't be tags, or there would be too many.

    The request itself is as described, which can't say what every script has for letters.
    """


@bp.get("/stories/<uuid:story_id>/reading")
@operation(READ, {200: Reading, 304: None})
def get_reading(story_id: UUID) -> Response:
    """Tell whether a story was read, and is starred or archived."""
    return answering.tagged(Reading.of(_marked(story_id)))


@bp.patch("/stories/<uuid:story_id>/reading")
@operation(WRITE, {200: Reading}, fails=[412])
def change_reading(story_id: UUID, json: ReadingChange) -> Response:
    """Mark a story. What is so already keeps its time, so that saying it twice changes nothing."""
    news.hold(reader_id(), story_id)
    answering.check_version(Reading.of(_marked(story_id)))
    for what in json.marks():
        reading.mark(reader_id(), [story_id], what)
    db.session.commit()
    return answering.tagged(Reading.of(_marked(story_id)))


@bp.patch("/stories/reading")
@operation(WRITE, {200: Changed})
def change_many(json: ManyMarked) -> Changed:
    """Mark up to 200 stories at once, and name those that were not so before."""
    changed: set[UUID] = set()
    for what in json.marks():
        changed.update(reading.mark(reader_id(), json.story_ids, what))
    db.session.commit()
    return Changed(story_ids=sorted(changed))


@bp.post("/stories/read-all")
@operation(WRITE, {200: ReadAll}, fails=[404], once=True)
def read_all(query: Part, json: UpTo) -> Response:
    """Mark what is unread of a list as read, up to and with a story."""

    def work() -> tuple[ReadAll, int, None]:
        newest = news_queries.find_story(reader_id(), json.upto)
        if newest is None:
            raise NotFound(MISSING)
        upto = Cursor(newest.created_at, newest.id)
        marked = reading.mark_all_read(reader_id(), wanted_by(query), upto)
        return ReadAll(count=marked.count, more=marked.more), 200, None

    return answering.once(work)


@bp.get("/stories/<uuid:story_id>/tags")
@operation(READ, {200: StoryTags, 304: None})
def get_story_tags(story_id: UUID) -> Response:
    """List the tags of a story."""
    return answering.tagged(StoryTags.of(_marked(story_id)))


@bp.put("/stories/<uuid:story_id>/tags")
@operation(WRITE, {200: StoryTags}, fails=[409, 412])
def set_story_tags(story_id: UUID, json: TagNames) -> Response:
    """Let a story carry these tags and no others."""
    news.hold(reader_id(), story_id)
    answering.check_version(StoryTags.of(_marked(story_id)))
    with _refusing_tags():
        tags.replace(reader_id(), story_id, [tags.one_name(name) for name in json.tags])
    db.session.commit()
    return answering.tagged(StoryTags.of(_marked(story_id)))


@bp.post("/stories/<uuid:story_id>/tags")
@operation(WRITE, {200: StoryTags}, fails=[409], once=True)
def add_story_tags(story_id: UUID, json: TagNames) -> Response:
    """Put tags on a story, beside those that it carries."""

    def work() -> tuple[StoryTags, int, None]:
        news.hold(reader_id(), story_id)
        with _refusing_tags():
            tags.give(reader_id(), [story_id], [tags.one_name(name) for name in json.tags])
        return StoryTags.of(_marked(story_id)), 200, None

    return answering.once(work)


@bp.delete("/stories/<uuid:story_id>/tags/<uuid:tag_id>")
@operation(WRITE, {204: None})
def remove_story_tag(story_id: UUID, tag_id: UUID) -> Response:
    """Take a tag off a story; one that it doesn't carry is off already."""
    _marked(story_id)
    _tag(tag_id)
    tags.take(reader_id(), [story_id], [tag_id])
    db.session.commit()
    return Response(status=204)


@bp.get("/tags")
@operation(READ, {200: Tags})
def list_tags() -> Tags:
    """List all tags by name, each with how many stories carry it."""
    return Tags.of(tag_queries.counted_tags(reader_id()))


@bp.patch("/tags/<uuid:tag_id>")
@operation(WRITE, {200: CountedTag}, fails=[409])
def rename_tag(tag_id: UUID, json: TagChange) -> CountedTag:
    """Rename a tag. Onto the name of another one they become one, and that one is given."""
    with _refusing_tags():
        name = tags.rename(reader_id(), tag_id, json.name).name
    db.session.commit()
    named = (one for one in tag_queries.counted_tags(reader_id()) if one.name == name)
    found = next(named, None)
    if found is None:
        raise NotFound(tags.MISSING)
    return CountedTag.model_validate(found)


@bp.delete("/tags/<uuid:tag_id>")
@operation(WRITE, {204: None})
def delete_tag(tag_id: UUID) -> Response:
    """Delete a tag; its stories stay."""
    tags.remove(reader_id(), tag_id)
    db.session.commit()
    return Response(status=204)


@contextmanager
def _refusing_tags() -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise TagsRefused(str(error)) from error


def _marked(story_id: UUID) -> MarkedStory:
    found = reading_queries.marked_stories(reader_id(), [story_id])
    if not found:
        raise NotFound(MISSING)
    return found[0]


def _tag(tag_id: UUID) -> None:
    if tag_queries.get_tag(reader_id(), tag_id) is None:
        raise NotFound(tags.MISSING)
