"""The history of narrations: what was asked for, how far it is, and why it failed."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints import narrating
from blueprints.audio.views import bp
from blueprints.fields import clean_line
from blueprints.rendering import page_or_fragment, wants_fragment
from extensions import db
from models import GenerationStatus
from presentation import reader_zone
from queries import generations as generation_queries
from queries import news as news_queries
from queries.generations import Filters, Generation
from queries.paging import Cursor, next_page
from services import clock, narration

PAGE = 30
LONGEST_SEARCH = 200


@bp.get("/generations")
@login_required
def generations() -> Response:
    """Show the attempts that pass the filters, or only their rows when htmx asks."""
    filters = _filters()
    before = Cursor.parse(request.args.get("before"))
    found = generation_queries.latest_generations(current_user.id, filters, PAGE + 1, before)
    rows, older = next_page(found, PAGE)
    kept = {name: value for name, value in request.args.items() if value and name != "before"}
    response = page_or_fragment(
        "audio/generations.html",
        "audio/_generations.html",
        rows=rows,
        next_page=older,
        paged=before is not None,
        filters=filters,
        kept=kept,
        choices=generation_queries.choices(current_user.id),
        states=STATES,
    )
    if wants_fragment() and before is None:
        # Without what was left empty, so that the address can be kept and passed on.
        response.headers["HX-Replace-Url"] = url_for("audio.generations", **kept)  # type: ignore[arg-type]
    return response


STATES = (
    (GenerationStatus.PENDING, "Queued"),
    (GenerationStatus.PROCESSING, "Being read"),
    (GenerationStatus.COMPLETED, "Done"),
    (GenerationStatus.FAILED, "Failed or stopped"),
)


@bp.get("/generations/open")
@login_required
def narrating_panel() -> Response:
    """Show the front page's panel of what is under way."""
    return narrating.panel() if wants_fragment() else redirect(url_for("dashboard.index"))


@bp.get("/generations/<uuid:generation_id>")
@login_required
def generation(generation_id: UUID) -> Response:
    """Show one row, for polling; a browser that comes by itself gets the list."""
    found = _found(generation_id)
    if not wants_fragment():
        return redirect(url_for("audio.generations"))
    return narrating.row_of(found)


@bp.post("/generations/<uuid:generation_id>/cancel")
@login_required
def cancel_generation(generation_id: UUID) -> Response:
    """Stop a narration that waits or is under way."""
    stopped = narration.cancel(current_user.id, generation_id)
    db.session.commit()
    if not stopped:
        flash("That narration had ended already.", "info")
    return _answer(_found(generation_id))


@bp.post("/generations/<uuid:generation_id>/retry")
@login_required
def retry_generation(generation_id: UUID) -> Response:
    """Ask for a failed narration once more."""
    asked = narration.retry(current_user.id, generation_id)
    db.session.commit()
    failed = _found(generation_id)
    story = failed.news_id and news_queries.find_story(current_user.id, failed.news_id)
    if story and request.args.get("as") in {"story", "chip"}:
        return narrating.answer_asked(asked, story)
    flash(narrating.AGAIN if asked.track_id else "It is being read once more.", "success")
    return redirect(url_for("audio.generations"), 303)


def _answer(changed: Generation) -> Response:
    """Answer with whatever showed the attempt: a row, the story's region, the panel, a page."""
    if not wants_fragment():
        return redirect(url_for("audio.generations"), 303)
    shown = request.args.get("as")
    if shown == "panel":
        return narrating.panel()
    if shown in {"story", "chip"} and changed.news_id:
        story = news_queries.find_story(current_user.id, changed.news_id) or abort(404)
        return narrating.fragment_of(story)
    return narrating.row_of(changed)


def _found(generation_id: UUID) -> Generation:
    return generation_queries.find_generation(current_user.id, generation_id) or abort(404)


def _filters() -> Filters:
    """Read the filters out of the address; what makes no sense filters nothing."""
    asked = request.args
    state = asked.get("state", "")
    until = _day(asked.get("to"))
    return Filters(
        state=GenerationStatus(state) if state in set(GenerationStatus) else None,
        voice_id=(clean_line(asked.get("voice")) or "")[:LONGEST_SEARCH],
        model_id=(clean_line(asked.get("model")) or "")[:LONGEST_SEARCH],
        since=_midnight(_day(asked.get("from"))),
        until=_midnight(until + timedelta(days=1) if until else None),
        words=(clean_line(asked.get("q")) or "")[:LONGEST_SEARCH],
    )


def _day(typed: str | None) -> date | None:
    try:
        day = date.fromisoformat(typed or "")
    except ValueError:
        return None
    return day if date(1970, 1, 1) <= day <= datetime.now(UTC).date() + timedelta(days=2) else None


def _midnight(day: date | None) -> datetime | None:
    """Return when that day begins on the reader's clock."""
    return clock.from_local(datetime.combine(day, time()), reader_zone()) if day else None
