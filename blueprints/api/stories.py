"""Stories: listed, searched, kept, changed and deleted."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response

from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import operation
from blueprints.api.shapes import address
from blueprints.api.story_shapes import Stories, Story, WholeStory
from blueprints.api.story_wishes import (
    Listed,
    NewStory,
    Part,
    StoryChange,
    StoryDeletion,
    WhichStories,
)
from errors import NotFound
from extensions import db
from models import TokenScope
from queries import news as news_queries
from queries import sources as source_queries
from queries.news import LatestStory
from queries.news import Story as StoryRow
from queries.wanted import State, Wanted
from services import clock, media, news, story_lists, tracks
from services.news import MISSING, Draft
from services.storage import open_storage
from services.story_lists import Audio

READ, WRITE = TokenScope.READ_STORIES, TokenScope.WRITE_STORIES


@bp.get("/stories")
@operation(READ, {200: Stories}, fails=[404])
def list_stories(query: WhichStories) -> Stories:
    """List stories: all, a part, those that match a search, or the one from an address."""
    if query.source_url:
        return told(_from_address(query), query)
    return told(listed(query, wanted_by(query), query.q), query)


@bp.post("/stories")
@operation(WRITE, {201: WholeStory}, fails=[409], once=True)
def create_story(json: NewStory) -> Response:
    """Keep a story. The same `source_url` is kept once: then 409 names the story that has it."""

    def work() -> tuple[WholeStory, int, str]:
        draft = Draft(json.headline, json.content, json.source_url, json.published_at)
        news_id = news.create(reader_id(), draft)
        return _whole(news_id), 201, address("get_story", story_id=news_id)

    return answering.once(work)


@bp.get("/stories/<uuid:story_id>")
@operation(READ, {200: WholeStory, 304: None})
def get_story(story_id: UUID) -> Response:
    """Give one story."""
    return answering.tagged(_whole(story_id))


@bp.patch("/stories/<uuid:story_id>")
@operation(WRITE, {200: WholeStory}, fails=[409, 412])
def change_story(story_id: UUID, json: StoryChange) -> Response:
    """Change what is named of a story. To read, tag or narrate one changes no version of it."""
    story = _story(story_id)
    answering.check_version(_whole(story_id))
    source = json.source_url if "source_url" in json.model_fields_set else story.source_url
    draft = Draft(
        json.headline or story.headline,
        json.content or story.content,
        source,
        json.published_at or story.published_at,
    )
    news.change(reader_id(), story_id, draft, story.updated_at)
    db.session.commit()
    return answering.tagged(_whole(story_id))


@bp.delete("/stories/<uuid:story_id>")
@operation(WRITE, {204: None})
def delete_story(story_id: UUID, query: StoryDeletion) -> Response:
    """Delete a story with its narrations; its media go along or back to the library."""
    removed = news.remove(reader_id(), story_id, with_media=query.with_media == "true")
    db.session.commit()
    media.delete_objects(open_storage(), removed.keys)
    tracks.discard(removed.tracks)
    return Response(status=204)


def wanted_by(query: Part, source_id: UUID | None = None) -> Wanted:
    """Return which part of the history is asked for."""
    return story_lists.wanted_by(
        reader_id(),
        view=State(query.view) if query.view else None,
        tag=query.tag,
        audio=Audio(query.audio) if query.audio else None,
        since=query.since,
        until=query.until,
        oldest=isinstance(query, Listed) and query.sort == "oldest",
        where=clock.zone(query.tz),
        source_id=source_id,
    )


def listed(query: Listed, wanted: Wanted, typed: str = "") -> Sequence[LatestStory]:
    """Return the stories of a page, and one more if there are more."""
    place = answering.place(query.after)
    return story_lists.listed(reader_id(), wanted, typed, limit=query.limit + 1, behind=place)


def told(found: Sequence[LatestStory], query: Listed) -> Stories:
    """Return a page of stories, each with the source that it arrived from."""
    rows, following = answering.cut(found, query.limit)
    origins = source_queries.origins_of(reader_id(), [row.id for row in rows])
    return Stories(items=[Story.of(row, origins) for row in rows], next=following)


def _from_address(query: WhichStories) -> list[LatestStory]:
    before = answering.place(query.after)
    same = news_queries.find_by_source(reader_id(), query.source_url.replace("\0", ""))
    row = news_queries.find_row(reader_id(), same[0]) if same and not before else None
    return [row] if row else []


def _story(story_id: UUID) -> StoryRow:
    story = news_queries.find_story(reader_id(), story_id)
    if story is None:
        raise NotFound(MISSING)
    return story


def _whole(story_id: UUID) -> WholeStory:
    story, row = _story(story_id), news_queries.find_row(reader_id(), story_id)
    if row is None:
        raise NotFound(MISSING)
    return WholeStory.made_of(row, story, source_queries.origins_of(reader_id(), [story_id]))
