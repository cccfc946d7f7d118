"""The feeds: all narrated stories, those with a tag, those from a source, briefings alone."""

import hashlib
from uuid import UUID

from flask import Response, abort, g, request

from blueprints.podcast_feed.blueprint import bp, listener
from config import settings
from extensions import db
from queries import sources as source_queries
from queries import tags as tag_queries
from queries.podcasts import latest_episodes
from services import podcasts
from services.podcasts import Channel
from services.podcasts.feed import FEED_TYPE, LETTERS, MOST, first_made


@bp.get("/feed.xml")
def whole() -> Response:
    """Send the reader's newest narrated stories."""
    who, at = listener(), _addresses()
    return _answer(Channel(who.email, str(who.user_id), at.feed), at)


@bp.get("/briefings/feed.xml")
def of_briefings() -> Response:
    """Send the reader's briefings, without the stories they were joined of."""
    who, at = listener(), _addresses()
    channel = Channel(who.email, f"{who.user_id}/briefings", at.of_briefings, ", in briefings")
    return _answer(channel, at, briefings=True)


@bp.get("/tag/<uuid:tag_id>/feed.xml")
def of_tag(tag_id: UUID) -> Response:
    """Send those that carry a tag."""
    who, at = listener(), _addresses()
    tag = tag_queries.get_tag(who.user_id, tag_id) or abort(404)
    part = f", tagged “{tag.name}”"
    return _answer(Channel(who.email, str(tag_id), at.of_tag(tag_id), part), at, tag_id=tag_id)


@bp.get("/source/<uuid:source_id>/feed.xml")
def of_source(source_id: UUID) -> Response:
    """Send those that arrived from a source."""
    who, at = listener(), _addresses()
    source = source_queries.find_source(who.user_id, source_id) or abort(404)
    part = f" from “{source.label}”"
    channel = Channel(who.email, str(source_id), at.of_source(source_id), part)
    return _answer(channel, at, source_id=source_id)


def _addresses() -> podcasts.Addresses:
    return podcasts.Addresses(settings().public_url, g.podcast_token)


def _answer(
    channel: Channel,
    at: podcasts.Addresses,
    *,
    tag_id: UUID | None = None,
    source_id: UUID | None = None,
    briefings: bool = False,
) -> Response:
    """Answer with a feed, or the confirmation that it is unchanged."""
    episodes = latest_episodes(
        listener().user_id,
        MOST,
        LETTERS,
        tag_id=tag_id,
        source_id=source_id,
        briefings=briefings,
    )
    # Writing it takes a while the first time; no connection to the database is held meanwhile.
    db.session.close()
    body = podcasts.render(channel, at, episodes)
    response = Response(body, content_type=FEED_TYPE)
    etag = hashlib.sha256(body).hexdigest()[:32]
    response.set_etag(etag)
    response.last_modified = first_made(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
