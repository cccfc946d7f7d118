"""The daily briefing: when it is wanted, one at once, and what became of the latest ones."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.podcast.views import bp, briefing_form, show
from blueprints.rendering import wants_fragment
from extensions import db
from queries import briefings as briefing_queries
from services.briefings import planning


@bp.get("/briefings")
@login_required
def briefings() -> Response | str:
    """Show the latest briefings, for polling; a browser that comes by itself gets the page."""
    if not wants_fragment():
        return redirect(url_for("podcast.index"))
    told = briefing_queries.latest_briefings(current_user.id)
    return render_template("podcast/_briefings.html", told=told)


@bp.post("/briefing")
@login_required
def save_briefing() -> Response | tuple[str, int]:
    """Keep when the reader wants a briefing."""
    form = briefing_form()
    if not form.validate():
        return show(form), 422
    planning.save(current_user.id, form.plan())
    db.session.commit()
    words = "You get a briefing every day." if form.active.data else "You get no daily briefing."
    flash(words, "success")
    return redirect(url_for("podcast.index", _anchor="briefing"), 303)


@bp.post("/briefing/now")
@login_required
def make_briefing() -> Response:
    """Have one made at once."""
    plan = briefing_queries.plan_of(current_user.id)
    # Without a plan it is the day of this browser.
    here = plan.zone or request.cookies.get("tz", "")
    planning.begin(current_user.id, replace(plan, zone=here))
    db.session.commit()
    flash("Your briefing is being made.", "success")
    return redirect(url_for("podcast.index", _anchor="briefing"), 303)
