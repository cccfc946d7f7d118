"""What a feed points at: sounds, transcripts and the cover."""

import hashlib
from functools import partial
from uuid import UUID

from flask import Response, abort, request, send_file

from blueprints import transcribing
from blueprints.podcast_feed.blueprint import bp, listener
from blueprints.serving import send_object
from extensions import db
from queries import audio as audio_queries
from queries import media as media_queries
from queries.podcasts import find_chapters
from services import tracks
from services.filetypes import TYPES
from services.podcasts.cover import FILE
from services.podcasts.feed import CHAPTERS_TYPE, chapters_json
from services.podcasts.pictures import as_jpeg
from services.transcripts import Kind


@bp.get("/cover.png")
def cover() -> Response:
    """Send the podcast's picture."""
    response = send_file(FILE, mimetype="image/png", conditional=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/<uuid:track_id>.wav")
@bp.get("/<uuid:track_id>.flac")
@bp.get("/<uuid:track_id>.ogg")
@bp.get("/<uuid:track_id>.m4a")
@bp.get("/<uuid:track_id>.mp3")
def sound(track_id: UUID) -> Response:
    """Send a sound, or the part that an app wants."""
    found = audio_queries.find_sound(listener().user_id, track_id) or abort(404)
    if found.storage_key is None:
        abort(404)
    _, extension = TYPES.get(found.content_type, (None, "audio"))
    return send_object(
        found.storage_key,
        content_type=found.content_type,
        filename=f"{found.title}.{extension}",
        size=found.byte_size or None,
        modified=found.created_at,
        read=partial(tracks.read, found),
    )


@bp.get("/<uuid:track_id>.vtt")
def vtt(track_id: UUID) -> Response:
    """Send captions as WebVTT."""
    return _transcript(track_id, Kind.VTT)


@bp.get("/<uuid:track_id>.srt")
def srt(track_id: UUID) -> Response:
    """Send captions as SubRip."""
    return _transcript(track_id, Kind.SRT)


@bp.get("/<uuid:track_id>.json")
def json(track_id: UUID) -> Response:
    """Send the podcast namespace's transcript."""
    return _transcript(track_id, Kind.PODCAST)


@bp.get("/<uuid:track_id>/chapters.json")
def chapters(track_id: UUID) -> Response:
    """Send where each story of a briefing begins."""
    found = find_chapters(listener().user_id, track_id) or abort(404)
    response = _small(chapters_json(*found), CHAPTERS_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/<uuid:media_id>.jpg")
def picture(media_id: UUID) -> Response:
    """Send a story's picture, small and of the kind that every app shows."""
    found = media_queries.find_file(listener().user_id, media_id) or abort(404)
    if found.thumbnail_key is None:
        abort(404)
    db.session.close()
    return _small(as_jpeg(found.thumbnail_key), "image/jpeg")


def _small(body: bytes, content_type: str) -> Response:
    """Answer with a few bytes, or the confirmation that they are unchanged."""
    response = Response(body, content_type=content_type)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


def _transcript(track_id: UUID, kind: Kind) -> Response:
    """Answer with a transcript that apps in a browser may read as well."""
    response = transcribing.answer(listener().user_id, track_id, kind)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
