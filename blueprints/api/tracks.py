"""Narrations: listed, streamed, with their words and times, and deleted."""

import hashlib
from functools import partial
from uuid import UUID

from flask import Response, request

from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import operation
from blueprints.api.shapes import Alignment, Track, Tracks, WholeTrack
from blueprints.api.wishes import WhichTracks
from blueprints.serving import send_object
from errors import NotFound
from extensions import db
from models import TokenScope
from queries import alignments
from queries import audio as audio_queries
from queries import news as news_queries
from services import tracks, transcripts
from services.filetypes import TYPES
from services.news import MISSING as NO_STORY
from services.transcripts import Kind

READ, WRITE = TokenScope.READ_AUDIO, TokenScope.WRITE_AUDIO
SOUNDS = (*(name for name in TYPES if name.startswith("audio/")), "application/octet-stream")
MISSING = "That narration doesn't exist, or isn't yours."


@bp.get("/tracks")
@operation(READ, {200: Tracks}, fails=[404])
def list_tracks(query: WhichTracks) -> Tracks:
    """List narrations, the newest first."""
    before = answering.place(query.after)
    if query.story_id:
        if news_queries.find_story(reader_id(), query.story_id) is None:
            raise NotFound(NO_STORY)
        own = audio_queries.of_story(reader_id(), query.story_id)
        return Tracks(items=[Track.of(row) for row in own], next=None)
    found = audio_queries.latest_tracks(reader_id(), query.limit + 1, before)
    rows, following = answering.cut(found, query.limit)
    return Tracks(items=[Track.of(row) for row in rows], next=following)


@bp.get("/tracks/<uuid:track_id>")
@operation(READ, {200: WholeTrack, 304: None})
def get_track(track_id: UUID) -> Response:
    """Give one narration with what it says."""
    row = audio_queries.find_track(reader_id(), track_id)
    if row is None:
        raise NotFound(MISSING)
    return answering.tagged(WholeTrack.whole(row))


@bp.get("/tracks/<uuid:track_id>/stream")
@operation(READ, {200: SOUNDS, 206: SOUNDS, 304: None}, fails=[416])
def track_stream(track_id: UUID) -> Response:
    """Send the sound, or a range of it."""
    sound = audio_queries.find_sound(reader_id(), track_id)
    if sound is None:
        raise NotFound(MISSING)
    if sound.storage_key is None:
        raise NotFound("This sound is kept elsewhere.")
    _, extension = TYPES.get(sound.content_type, (None, "audio"))
    return send_object(
        sound.storage_key,
        content_type=sound.content_type,
        filename=f"{sound.title}.{extension}",
        size=sound.byte_size or None,
        modified=sound.created_at,
        read=partial(tracks.read, sound),
    )


@bp.get("/tracks/<uuid:track_id>/alignment")
@operation(READ, {200: Alignment, 304: None})
def track_alignment(track_id: UUID) -> Response:
    """Give start and end of every character, in seconds."""
    return _transcript(track_id, Kind.ALIGNMENT)


@bp.get("/tracks/<uuid:track_id>/captions.vtt")
@operation(READ, {200: "text/vtt", 304: None})
def track_captions_vtt(track_id: UUID) -> Response:
    """Send WebVTT."""
    return _transcript(track_id, Kind.VTT)


@bp.get("/tracks/<uuid:track_id>/captions.srt")
@operation(READ, {200: "application/x-subrip", 304: None})
def track_captions_srt(track_id: UUID) -> Response:
    """Send SubRip."""
    return _transcript(track_id, Kind.SRT)


@bp.delete("/tracks/<uuid:track_id>")
@operation(WRITE, {204: None})
def delete_track(track_id: UUID) -> Response:
    """Delete a narration with its sound and its times."""
    deleted = tracks.delete(reader_id(), track_id)
    if deleted is None:
        raise NotFound(MISSING)
    db.session.commit()
    tracks.discard([deleted])
    return Response(status=204)


def _transcript(track_id: UUID, kind: Kind) -> Response:
    timing = alignments.find_timing(reader_id(), track_id)
    if timing is None:
        raise NotFound(MISSING)
    response = Response(content_type=transcripts.content_type(kind))
    tag = hashlib.sha256(transcripts.version(timing, kind).encode()).hexdigest()[:32]
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(tag):
        response.status_code = 304
        return response
    response.set_data(transcripts.render(reader_id(), timing, kind))
    return response
