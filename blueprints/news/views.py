"""Pages that show stories."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, render_template, request
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.fields import clean_line
from blueprints.narrating import narrations_of
from blueprints.rendering import page_or_fragment
from queries import media as media_queries
from queries import news as news_queries
from queries import sources as source_queries
from queries import totals as totals_queries
from queries.news import LatestStory
from queries.paging import Cursor, next_page

PAGE = 20
LONGEST_SEARCH = 200

bp = Blueprint("news", __name__, url_prefix="/news")


@bp.get("/")
@login_required
def index() -> Response:
    """Show the history, or only its rows when htmx searches or asks for more."""
    typed = (clean_line(request.args.get("q")) or "")[:LONGEST_SEARCH]
    before = Cursor.parse(request.args.get("before"))
    found: Sequence[LatestStory]
    if typed:
        found = news_queries.search_news(current_user.id, typed, PAGE + 1, before)
    else:
        found = news_queries.latest_news(current_user.id, PAGE + 1, before)
    rows, older = next_page(found, PAGE)
    return page_or_fragment(
        "news/index.html",
        "news/_rows.html",
        rows=rows,
        search=typed,
        next_page=older,
        newest_page=before is not None,
        total=totals_queries.totals_of(current_user.id).stories,
    )


@bp.get("/<uuid:news_id>")
@login_required
def show(news_id: UUID) -> str:
    """Show one story with its pictures, sounds and narrations."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    assets = media_queries.of_story(current_user.id, news_id)
    return render_template(
        "news/show.html",
        story=story,
        images=[one for one in assets if one.type == "image" and one.has_thumbnail],
        sounds=[one for one in assets if one.type == "audio" and one.stored],
        elsewhere=[one for one in assets if not one.stored],
        seen_in=source_queries.seen_in(current_user.id, news_id),
        narration=narrations_of(current_user.id, story),
    )
