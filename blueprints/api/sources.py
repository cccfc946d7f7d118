"""Sources: followed, changed, paused, fetched now and left."""

from uuid import UUID

from flask import Response

import problems
from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp, who_asks
from blueprints.api.description import operation
from blueprints.api.shapes import address
from blueprints.api.source_shapes import Source, Sources
from blueprints.api.source_wishes import NewSource, SourceChange, SourceDeletion
from blueprints.api.stories import listed, told, wanted_by
from blueprints.api.story_shapes import Stories
from blueprints.api.story_wishes import Searched
from errors import AppError, Conflict, NotFound
from extensions import db, limiter
from models import TokenScope
from queries import sources as source_queries
from queries.sources import SourceRow
from services import media
from services.feeds.links import Candidate
from services.fetching import FetchError
from services.sources import discovery, editing
from services.sources.discovery import NoFeed
from services.sources.editing import MISSING, Wishes
from services.storage import open_storage

READ, WRITE = TokenScope.READ_STORIES, TokenScope.WRITE_STORIES


class NotFollowed(Conflict):
    """There is nothing to follow at an address; `code` says why.

    The request itself is as described, which can't say what other sites answer.
    """

    def __init__(self, why: AppError) -> None:
        super().__init__(str(why))
        self.code = problems.code_of(why)


class SeveralFeeds(Conflict):
    """A site has more feeds than one, and none of them was chosen."""

    def __init__(self, found: list[Candidate]) -> None:
        super().__init__(f"There are {len(found)} feeds. Follow one of them by its own address.")
        self.feeds = [{"url": one.url, "title": one.title, "format": one.format} for one in found]


@bp.get("/sources")
@operation(READ, {200: Sources})
def list_sources() -> Sources:
    """List all that is followed: what fails first, then by name."""
    return Sources.of(source_queries.sources_of(reader_id()))


@bp.post("/sources")
@limiter.limit("30 per minute", key_func=who_asks)
@operation(WRITE, {201: Source}, fails=[409], once=True)
def follow_source(json: NewSource) -> Response:
    """Follow the feed at an address, or the only one of a site.

    If it has several, 409 `several_feeds` gives their addresses in `feeds`.
    """
    if answer := answering.before():
        return answer
    # Other sites are asked, which takes its time: no connection to the database is held.
    db.session.close()
    feed = _found(json.url)

    def work() -> tuple[Source, int, str]:
        source_id = _added(feed)
        return _source(source_id), 201, address("get_source", source_id=source_id)

    return answering.once(work)


@bp.get("/sources/<uuid:source_id>")
@operation(READ, {200: Source, 304: None})
def get_source(source_id: UUID) -> Response:
    """Give one source, with how its visits go."""
    return answering.tagged(_source(source_id))


@bp.patch("/sources/<uuid:source_id>")
@operation(WRITE, {200: Source}, fails=[409, 412])
def change_source(source_id: UUID, json: SourceChange) -> Response:
    """Change what is named of a source, pause it or let it go on. Visits change no version."""
    editing.hold(reader_id(), source_id)
    before = _row(source_id)
    answering.check_version(Source.of(before))
    said = json.model_fields_set
    wishes = Wishes(
        **{
            name: getattr(json if name in said else before, name)
            for name in ("name", "full_text", "auto_narrate", "keep_last")
        }
    )
    moved = json.url if json.url and json.url != before.url else None
    try:
        editing.change(reader_id(), source_id, wishes, moved)
    except FetchError as error:
        raise NotFollowed(error) from error
    if json.state and json.state != _row(source_id).state:
        turn = editing.pause if json.state == "paused" else editing.resume
        turn(reader_id(), source_id)
    db.session.commit()
    return answering.tagged(_source(source_id))


@bp.delete("/sources/<uuid:source_id>")
@operation(WRITE, {204: None})
def leave_source(source_id: UUID, query: SourceDeletion) -> Response:
    """Follow a source no longer; its stories stay, unless it is said that they go."""
    with_stories = query.with_stories == "true"
    pruned = editing.remove(reader_id(), source_id, with_stories=with_stories)
    db.session.commit()
    media.delete_objects(open_storage(), pruned.keys)
    return Response(status=204)


@bp.post("/sources/<uuid:source_id>/refresh")
@operation(WRITE, {202: Source}, once=True)
def refresh_source(source_id: UUID) -> Response:
    """Have a source visited as soon as can be, even a paused one."""

    def work() -> tuple[Source, int, str]:
        editing.refresh(reader_id(), source_id)
        return _source(source_id), 202, address("get_source", source_id=source_id)

    return answering.once(work)


@bp.get("/sources/<uuid:source_id>/stories")
@operation(READ, {200: Stories})
def list_source_stories(source_id: UUID, query: Searched) -> Stories:
    """List the stories that arrived from a source: all, a part, or those that match a search."""
    _row(source_id)
    return told(listed(query, wanted_by(query, source_id), query.q), query)


def _found(typed: str) -> Candidate:
    try:
        found = discovery.find_feeds(typed)
    except (FetchError, NoFeed) as error:
        raise NotFollowed(error) from error
    if len(found) > 1:
        raise SeveralFeeds(found)
    return found[0]


def _added(feed: Candidate) -> UUID:
    try:
        return editing.add(reader_id(), feed.url, title=feed.title, site_url=feed.site_url)
    except FetchError as error:
        raise NotFollowed(error) from error


def _source(source_id: UUID) -> Source:
    return Source.of(_row(source_id))


def _row(source_id: UUID) -> SourceRow:
    row = source_queries.find_source(reader_id(), source_id)
    if row is None:
        raise NotFound(MISSING)
    return row
