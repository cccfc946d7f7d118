"""Answering with captions and transcripts, for whoever was found to own the narration."""

import hashlib
from uuid import UUID

from flask import Response, abort, request

from blueprints.serving import disposition
from queries import alignments
from services import transcripts
from services.transcripts import Kind


def answer(user_id: UUID, track_id: UUID, kind: Kind, *, attachment: bool = False) -> Response:
    """Answer with a file, or the confirmation that it is unchanged.

    Browsers keep it but ask each time, so that nobody sees it after signing out.
    """
    timing = alignments.find_timing(user_id, track_id) or abort(404)
    response = Response(content_type=transcripts.content_type(kind))
    etag = hashlib.sha256(transcripts.version(timing, kind).encode()).hexdigest()[:32]
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
        return response
    response.set_data(transcripts.render(user_id, timing, kind))
    suffix = kind.value.partition(".")[2]
    response.headers["Content-Disposition"] = disposition(
        f"{timing.title}.{suffix}", attachment=attachment
    )
    return response
