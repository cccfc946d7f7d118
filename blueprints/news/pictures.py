"""Having the pictures of a story's text kept here, and how far that is."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.news.views import bp
from blueprints.picturing import shown_in_text
from blueprints.rendering import wants_fragment
from errors import AppError
from extensions import db, limiter
from presentation import told
from queries import keeps as keep_queries
from queries import media as media_queries
from queries import news as news_queries
from services import story_pictures


@bp.post("/<uuid:news_id>/pictures")
@login_required
@limiter.limit("30 per minute")
def keep_pictures(news_id: UUID) -> Response | str:
    """Have a worker fetch every picture that the text shows."""
    news_queries.find_story(current_user.id, news_id) or abort(404)
    problem = ""
    try:
        asked = story_pictures.ask(current_user.id, news_id)
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        asked, problem = 0, f"The pictures are not kept. {told(error)}"
    if wants_fragment():
        return _state(news_id, problem, announced=True)
    if problem or asked:
        flash(problem or "The pictures are being kept.", "error" if problem else "info")
    return redirect(url_for("news.show", news_id=news_id), 303)


@bp.get("/<uuid:news_id>/pictures")
@login_required
def text_pictures(news_id: UUID) -> Response | str:
    """Send how far it is, for polling, and in the end the text with its pictures."""
    if not wants_fragment():
        news_queries.find_story(current_user.id, news_id) or abort(404)
        return redirect(url_for("news.show", news_id=news_id))
    return _state(news_id)


def _state(news_id: UUID, problem: str = "", *, announced: bool = False) -> str:
    # In this order: what is kept between the two has no row in the queue, but is stored.
    keeps = keep_queries.keeps_of_story(current_user.id, news_id)
    assets = media_queries.of_story(current_user.id, news_id)
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    arranged = story_pictures.arrange(story.content, assets)
    keeping = story_pictures.progress(arranged, keeps)
    return render_template(
        "news/_text_pictures.html",
        story=story,
        pictures=arranged,
        shown=shown_in_text(arranged),
        keeping=keeping,
        problem=problem,
        announced=announced or not keeping.waiting,
        swapped=not keeping.waiting,
    )
