"""The reader's page about their podcast."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.access import person
from config import settings
from extensions import db
from queries import podcasts as podcast_queries
from queries import sources as source_queries
from queries import tags as tag_queries
from services import podcasts

bp = Blueprint("podcast", __name__, url_prefix=podcasts.LIVES)


@bp.get("/")
@login_required
def index() -> str:
    """Show the address, or the button that makes one."""
    podcast = podcast_queries.podcast_of(current_user.id)
    addresses = podcasts.Addresses(settings().public_url, podcast.token) if podcast else None
    return render_template(
        "podcast/index.html",
        podcast=podcast,
        addresses=addresses,
        tags=tag_queries.all_tags(current_user.id) if podcast else [],
        sources=source_queries.sources_of(current_user.id) if podcast else [],
    )


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
