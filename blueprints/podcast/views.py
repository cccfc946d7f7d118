"""The reader's page about their podcast."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from markupsafe import Markup
from werkzeug.wrappers import Response

from blueprints.access import person
from blueprints.podcast.forms import BriefingForm
from config import settings
from extensions import db
from queries import briefings as briefing_queries
from queries import podcasts as podcast_queries
from queries import sources as source_queries
from queries import tags as tag_queries
from services import podcasts, voice_choice
from services.briefings.planning import zones
from services.podcasts.codes import qr_code

bp = Blueprint("podcast", __name__, url_prefix=podcasts.LIVES)


@bp.get("/")
@login_required
def index() -> str:
    """Show the address, or the button that makes one, and the briefings."""
    return show(briefing_form())


def show(form: BriefingForm) -> str:
    """Show the page with the form as it is."""
    podcast = podcast_queries.podcast_of(current_user.id)
    addresses = podcasts.Addresses(settings().public_url, podcast.token) if podcast else None
    return render_template(
        "podcast/index.html",
        podcast=podcast,
        addresses=addresses,
        code=Markup(qr_code(addresses.feed)) if addresses else "",  # noqa: S704  (made here)
        tags=tag_queries.all_tags(current_user.id) if podcast else [],
        sources=source_queries.sources_of(current_user.id) if podcast else [],
        form=form,
        plan=briefing_queries.plan_of(current_user.id),
        told=briefing_queries.latest_briefings(current_user.id),
    )


def briefing_form() -> BriefingForm:
    """Return the form with what the reader chose before, and this browser's zone until then."""
    plan = briefing_queries.plan_of(current_user.id)
    form = BriefingForm(obj=plan).offer(voice_choice.list_voices(), plan.voice_id)
    if request.method == "GET" and plan.zone not in zones():
        here = request.cookies.get("tz", "")
        form.zone.data = here if here in zones() else "UTC"
    return form


@bp.post("/")
@login_required
def create() -> Response:
    """Make the address; whoever has one keeps it."""
    podcasts.create(current_user.id, by=person())
    db.session.commit()
    flash("Your podcast is ready. Add its address to the app you listen with.", "success")
    return redirect(url_for("podcast.index"), 303)


@bp.post("/renew")
@login_required
def renew() -> Response:
    """Put another address in place of the one there is."""
    podcasts.renew(current_user.id, by=person())
    db.session.commit()
    flash("Here is your new address. The one before works no more.", "success")
    return redirect(url_for("podcast.index"), 303)


@bp.post("/revoke")
@login_required
def revoke() -> Response:
    """Take the address away."""
    podcasts.revoke(current_user.id, by=person())
    db.session.commit()
    flash("Your podcast address works no more.", "success")
    return redirect(url_for("podcast.index"), 303)
