"""Attempts at narrations: asked for, followed, stopped and asked for again."""

from uuid import UUID

from flask import Response

from blueprints.api import answering
from blueprints.api.answering import reader_id
from blueprints.api.blueprint import bp
from blueprints.api.description import operation
from blueprints.api.shapes import Asked, Generation, Generations, Track, address
from blueprints.api.wishes import Narration, WhichGenerations
from errors import Conflict, InvalidInput, NotFound
from models import GenerationStatus, TokenScope
from queries import audio as audio_queries
from queries import generations as generation_queries
from queries.generations import Filters
from services import narration
from services.narration import NO_GENERATION, Wish
from services.spoken_text import NothingToSay

READ, WRITE = TokenScope.READ_AUDIO, TokenScope.WRITE_AUDIO


class NotReadable(Conflict):
    """The words can't be narrated as they are."""


class Ended(Conflict):
    """There is nothing left to stop."""

    def __init__(self) -> None:
        super().__init__("That narration had ended already.")


@bp.get("/generations")
@operation(READ, {200: Generations}, fails=[404])
def list_generations(query: WhichGenerations) -> Generations:
    """List attempts, the newest first."""
    state = GenerationStatus(query.status) if query.status else None
    filters = Filters(state=state, voice_id=query.voice_id)
    before = answering.place(query.after)
    found = generation_queries.latest_generations(reader_id(), filters, query.limit + 1, before)
    rows, following = answering.cut(found, query.limit)
    return Generations(items=[Generation.of(row) for row in rows], next=following)


@bp.post("/generations")
@operation(WRITE, {200: Asked, 202: Asked}, fails=[404, 409], once=True)
def narrate(json: Narration) -> Response:
    """Have a story read aloud. 202: it is queued or under way; 200: it is there already."""
    wish = Wish(
        voice_id=json.voice_id,
        text=json.text or "",
        speed=json.speed,
        language=json.language,
        settings=json.settings.given() if json.settings else {},
    )

    def work() -> tuple[Asked, int, str | None]:
        try:
            return _told(narration.ask(reader_id(), json.story_id, wish))
        except (NothingToSay, InvalidInput) as error:
            raise NotReadable(str(error)) from error

    return answering.once(work)


@bp.get("/generations/<uuid:generation_id>")
@operation(READ, {200: Generation, 304: None})
def get_generation(generation_id: UUID) -> Response:
    """Give one attempt, with how far it is."""
    return answering.tagged(_generation(generation_id))


@bp.post("/generations/<uuid:generation_id>/cancel")
@operation(WRITE, {200: Generation}, fails=[409], once=True)
def cancel_generation(generation_id: UUID) -> Response:
    """Stop an attempt that waits or is under way; what it has cost is given back."""

    def work() -> tuple[Generation, int, None]:
        if not narration.cancel(reader_id(), generation_id):
            raise Ended
        return _generation(generation_id), 200, None

    return answering.once(work)


@bp.post("/generations/<uuid:generation_id>/retry")
@operation(WRITE, {200: Asked, 202: Asked}, fails=[409], once=True)
def retry_generation(generation_id: UUID) -> Response:
    """Ask once more for an attempt that has failed."""
    return answering.once(lambda: _told(narration.retry(reader_id(), generation_id)))


def _told(asked: narration.Asked) -> tuple[Asked, int, str | None]:
    if asked.track_id:
        row = audio_queries.find_track(reader_id(), asked.track_id)
        return Asked(generation=None, track=Track.of(row) if row else None), 200, None
    generation = _generation(asked.generation_id or UUID(int=0))
    location = address("get_generation", generation_id=generation.id)
    return Asked(generation=generation, track=None), 202, location


def _generation(generation_id: UUID) -> Generation:
    row = generation_queries.find_generation(reader_id(), generation_id)
    if row is None:
        raise NotFound(NO_GENERATION)
    return Generation.of(row)
