"""Pages that show stories."""

from uuid import UUID

from flask import Blueprint, abort, render_template, request
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.narrating import narrations_of
from blueprints.news.listing import Listing
from blueprints.picturing import shown_in_text
from blueprints.rendering import page_or_fragment, wants_fragment
from queries import keeps as keep_queries
from queries import media as media_queries
from queries import news as news_queries
from queries import reading as reading_queries
from queries import sources as source_queries
from queries import tags as tag_queries
from queries import totals as totals_queries
from queries.news import Story
from queries.paging import Cursor, next_page
from services import story_lists, story_pictures

PAGE = 20

bp = Blueprint("news", __name__, url_prefix="/news")


@bp.get("/")
@login_required
def index() -> Response:
    """Show a view of the history, or only its rows when htmx searches or asks for more."""
    listing = Listing.asked()
    before = Cursor.parse(request.args.get("before"))
    found = story_lists.listed(
        current_user.id, listing.wanted, listing.q, limit=PAGE + 1, behind=before
    )
    rows, older = next_page(found, PAGE)
    return page_or_fragment(
        "news/index.html",
        "news/_rows.html",
        rows=rows,
        listing=listing,
        next_page=older,
        later_page=before is not None,
        swapped=wants_fragment(),
        upto=reading_queries.newest_place(current_user.id),
        tags=tag_queries.all_tags(current_user.id),
        sources=source_queries.names(current_user.id),
        total=totals_queries.totals_of(current_user.id).stories,
    )


@bp.get("/<uuid:news_id>")
@login_required
def show(news_id: UUID) -> str:
    """Show one story with its pictures, sounds and narrations."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    return story_page(story)


def story_page(story: Story, typed_tags: str = "", tag_error: str = "") -> str:
    """Render a story's page; with an error, as its tags were refused."""
    listing = Listing.asked()
    here = Cursor(story.created_at, story.id)
    # In this order: what is kept between the two has no row in the queue, but is stored.
    keeps = keep_queries.keeps_of_story(current_user.id, story.id)
    assets = media_queries.of_story(current_user.id, story.id)
    pictures = story_pictures.arrange(story.content, assets)
    return render_template(
        "news/show.html",
        story=story,
        images=[one for one in assets if one.can_be_shown],
        sounds=[one for one in assets if one.can_be_played],
        pictures=pictures,
        shown=shown_in_text(pictures),
        keeping=story_pictures.progress(pictures, keeps),
        keeps=keeps,
        seen_in=source_queries.seen_in(current_user.id, story.id),
        narration=narrations_of(current_user.id, story),
        listing=listing,
        beside=reading_queries.neighbours(current_user.id, here, listing.wanted, listing.q),
        tags=tag_queries.tags_for(current_user.id, story.id),
        typed_tags=typed_tags,
        tag_error=tag_error,
    )
