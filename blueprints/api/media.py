"""Images and sounds: listed, uploaded, sent and deleted."""

from uuid import UUID

from flask import Response
from werkzeug.datastructures import FileStorage

from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import Invalid, operation
from blueprints.api.shapes import Media, MediaPage, address
from blueprints.api.wishes import MediaChange, MediaDeletion, NewMedia, WhichMedia
from blueprints.serving import send_object
from config import settings
from errors import Conflict, NotAllowed, NotFound
from extensions import db
from models import TokenScope
from queries import media as media_queries
from queries import news as news_queries
from queries.media import Asset, File
from services import media, plans, uploads
from services.filetypes import TYPES
from services.media import MISSING
from services.news import MISSING as NO_STORY
from services.refusals import UploadRefused
from services.storage import open_storage
from services.uploads import Limits, Prepared

READ, WRITE = TokenScope.READ_MEDIA, TokenScope.WRITE_MEDIA
FILES = (*TYPES, "application/octet-stream")


class NotKept(NotAllowed):
    """The file is none that is kept here.

    The request itself is as described, which can't say what the bytes of a file are.
    """

    code = "upload_refused"


class Kept(Conflict):
    """The reader has that very file."""

    def __init__(self, same: Asset) -> None:
        super().__init__(f"You already have this file: {same.name}.")
        self.media_id = same.id


@bp.get("/media")
@operation(READ, {200: MediaPage}, fails=[404])
def list_media(query: WhichMedia) -> MediaPage:
    """List images and sounds, the newest first; those of one story as they were added."""
    before = answering.place(query.after)
    if query.story_id:
        if news_queries.find_story(reader_id(), query.story_id) is None:
            raise NotFound(NO_STORY)
        own = media_queries.of_story(reader_id(), query.story_id)
        return MediaPage(items=[Media.of(row) for row in own if _is(row, query)], next=None)
    found = media_queries.library(
        reader_id(),
        type=query.type,
        unused=query.unused == "true",
        before=before,
        limit=query.limit + 1,
    )
    rows, following = answering.cut(found, query.limit)
    return MediaPage(items=[Media.of(row) for row in rows], next=following)


@bp.post("/media")
@operation(WRITE, {201: Media}, fails=[404, 409], once=True)
def upload_media(form: NewMedia) -> Response:
    """Keep a file, for a story or for the library. One that is there already is not kept twice."""
    sent = form.file
    if not isinstance(sent, FileStorage):
        raise Invalid([{"field": "file", "message": "Send the file itself, with a file name."}])
    if form.story_id and news_queries.find_story(reader_id(), form.story_id) is None:
        raise NotFound(NO_STORY)
    plans.check_storage(reader_id(), uploads.least_size(sent.stream))
    # Decoding takes its time; no connection to the database is held meanwhile.
    db.session.close()
    prepared = _examined(sent)
    try:
        parts = (prepared.sha256, str(form.story_id), form.title, form.alt_text)
        same = tuple(part.encode() for part in parts)
        if answer := answering.before(*same):
            return answer
        with media.batch(open_storage()) as batch:
            return answering.once(lambda: _kept(batch, prepared, form), *same)
    finally:
        prepared.close()


@bp.get("/media/<uuid:media_id>")
@operation(READ, {200: Media, 304: None})
def get_media(media_id: UUID) -> Response:
    """Give what is known of one image or sound."""
    return answering.tagged(Media.of(_asset(media_id)))


@bp.patch("/media/<uuid:media_id>")
@operation(WRITE, {200: Media})
def change_media(media_id: UUID, json: MediaChange) -> Media:
    """Change title or alt text."""
    asset = _asset(media_id)
    title = asset.title if json.title is None else json.title
    alt_text = asset.alt_text if json.alt_text is None else json.alt_text
    media.edit(reader_id(), media_id, title, alt_text)
    db.session.commit()
    return Media.of(_asset(media_id))


@bp.delete("/media/<uuid:media_id>")
@operation(WRITE, {204: None}, fails=[409])
def delete_media(media_id: UUID, query: MediaDeletion) -> Response:
    """Delete a file; one that a story uses only if that is said, else 409 names the story."""
    keys = media.delete_asset(reader_id(), media_id, even_if_used=query.even_if_used == "true")
    db.session.commit()
    media.delete_objects(open_storage(), keys)
    return Response(status=204)


@bp.get("/media/<uuid:media_id>/file")
@operation(READ, {200: FILES, 206: FILES, 304: None}, fails=[416])
def media_file(media_id: UUID) -> Response:
    """Send the bytes, or a range of them."""
    stored = _file(media_id)
    if stored.storage_key is None:
        raise NotFound("This file is kept elsewhere.")
    return send_object(
        stored.storage_key,
        content_type=stored.content_type,
        filename=stored.name,
        size=stored.size,
        modified=stored.created_at,
    )


@bp.get("/media/<uuid:media_id>/thumbnail")
@operation(READ, {200: "image/webp", 206: "image/webp", 304: None}, fails=[416])
def media_thumbnail(media_id: UUID) -> Response:
    """Send the small version of a picture."""
    stored = _file(media_id)
    if stored.thumbnail_key is None:
        raise NotFound("There is no small version of this file.")
    return send_object(
        stored.thumbnail_key,
        content_type="image/webp",
        filename="thumbnail.webp",
        size=stored.thumbnail_size,
        modified=stored.created_at,
    )


def _examined(sent: FileStorage) -> Prepared:
    try:
        return uploads.examine(sent.stream, sent.filename or "", Limits.of(settings()))
    except UploadRefused as refusal:
        raise NotKept(str(refusal)) from refusal


def _kept(batch: media.Batch, prepared: Prepared, form: NewMedia) -> tuple[Media, int, str]:
    same = media_queries.find_by_sha256(reader_id(), prepared.sha256)
    if same:
        raise Kept(same)
    media_id = batch.store(reader_id(), prepared, form.story_id)
    if form.title or form.alt_text:
        media.edit(reader_id(), media_id, form.title or prepared.title, form.alt_text)
    return Media.of(_asset(media_id)), 201, address("get_media", media_id=media_id)


def _is(row: Asset, query: WhichMedia) -> bool:
    return query.type in {None, row.type.value} and query.unused == "false"


def _asset(media_id: UUID) -> Asset:
    asset = media_queries.find_asset(reader_id(), media_id)
    if asset is None:
        raise NotFound(MISSING)
    return asset


def _file(media_id: UUID) -> File:
    # By way of the asset, so that a narration among them is no file of the library.
    _asset(media_id)
    stored = media_queries.find_file(reader_id(), media_id)
    if stored is None:
        raise NotFound(MISSING)
    return stored
