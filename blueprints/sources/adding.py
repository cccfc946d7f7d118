"""Following something new, by the address of a feed or of a site."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.fields import clean_line
from blueprints.rendering import refused
from blueprints.sources.forms import FindForm
from blueprints.sources.views import bp
from errors import AppError
from extensions import db, limiter
from services.feeds.links import Candidate
from services.sources import discovery, editing
from services.sources.editing import Followed

Answer = Response | str | tuple[str, int]
MOST_CHOSEN = 12


@bp.get("/new")
@login_required
def create() -> str:
    """Show the form; an address may come along, from a bookmark."""
    form = FindForm()
    form.url.data = clean_line(request.args.get("url"))
    return render_template("sources/new.html", form=form, found=[])


@bp.post("/new")
@login_required
@limiter.limit("30 per minute")
def save_new() -> Answer:
    """Follow what is at an address; if there are several feeds, ask which."""
    form = FindForm()
    chosen = request.form.getlist("feed")[:MOST_CHOSEN]
    if not form.validate():
        return refused("sources/new.html", form=form, found=[])
    try:
        # Other sites are asked, which takes its time: no connection to the database is held.
        db.session.close()
        found = [Candidate(url) for url in chosen] or discovery.find_feeds(form.url.data or "")
        if not chosen and len(found) > 1:
            return render_template("sources/new.html", form=form, found=found)
        return _follow(found)
    except Followed as error:
        db.session.rollback()
        return refused("sources/new.html", form=form, found=[], followed=error)
    except AppError as error:
        db.session.rollback()
        form.url.errors = [*form.url.errors, str(error)]
        return refused("sources/new.html", form=form, found=[])


def _follow(found: list[Candidate]) -> Response:
    """Follow feeds, and show what is being fetched."""
    added: list[UUID] = []
    for one in found:
        try:
            added.append(
                editing.add(current_user.id, one.url, title=one.title, site_url=one.site_url)
            )
        except Followed:
            if len(found) == 1:
                raise
    db.session.commit()
    if len(added) == 1:
        flash("You follow it now. Its stories are being fetched.", "success")
        return redirect(url_for("sources.show", source_id=added[0]), 303)
    if added:
        flash(f"You follow {len(added)} more sources now.", "success")
    else:
        flash("You follow all of these already.", "info")
    return redirect(url_for("sources.index"), 303)
