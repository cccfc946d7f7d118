"""What the views of people share: the blueprint, one person's page, and links shown once."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, flash, make_response, render_template, request, session
from flask_login import current_user
from werkzeug.wrappers import Response

from blueprints.rendering import wants_fragment
from blueprints.users.forms import SuspendForm
from config import settings
from queries import people as people_queries
from queries.paging import Cursor, next_page
from queries.timeline import timeline_of
from services import mail
from services.mail import Letter

bp = Blueprint("users", __name__, url_prefix="/users")

EVENTS = 30
_ONCE = "link_shown_once"


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link that could not be mailed; the admin hands it on."""

    to: str
    link: str


def show_person(
    user_id: UUID, form: SuspendForm | None = None, problem: str | None = None
) -> Response:
    """Render the page of one person, or only older events for htmx; 422 when refused."""
    details = people_queries.find_person(user_id) or abort(404)
    before = Cursor.parse(request.args.get("before"))
    events, older = next_page(timeline_of(user_id, before, EVENTS + 1), EVENTS)
    fragment = wants_fragment() and request.method == "GET"
    refused = problem or (form and form.errors)
    page = render_template(
        "users/_events.html" if fragment else "users/show.html",
        details=details,
        person=details.person,
        events=events,
        older=older,
        form=form or SuspendForm(formdata=None),
        problem=problem,
        myself=user_id == current_user.id,
        last_admin=people_queries.is_last_admin(user_id),
        shown=None if refused or fragment else take_link(),
        mailed=settings().smtp_url is not None,
    )
    return make_response(page, 422 if refused else 200)


def hand_over(letter: Letter, words: str) -> None:
    """Mail a link; without a mail server show it once on the admin's next page instead."""
    mail.post(letter)
    if settings().smtp_url is None:
        session[_ONCE] = [letter.to, letter.link]
    else:
        flash(words, "success")


def take_link() -> ShownLink | None:
    """Return the link that waits to be shown, if there is one; the next page won't have it."""
    kept = session.pop(_ONCE, None)
    return ShownLink(*kept) if kept else None
