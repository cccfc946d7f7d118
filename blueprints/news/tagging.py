"""Tags of one story, and the page of all tags."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.fields import clean_line
from blueprints.news.listing import Listing
from blueprints.news.views import bp, story_page
from blueprints.rendering import wants_fragment
from errors import AppError
from extensions import db
from queries import news as news_queries
from queries import tags as tag_queries
from queries.news import Story
from services import tags

Answer = Response | str | tuple[str, int]


@bp.post("/<uuid:news_id>/tags")
@login_required
def add_tags(news_id: UUID) -> Answer:
    """Put what was typed on a story; commas separate tags."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    typed = clean_line(request.form.get("tags")) or ""
    try:
        tags.give(current_user.id, [news_id], tags.names_in(typed))
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        return _refused(story, typed, str(error)), 422
    return _tagged(story, "Tagged.")


@bp.post("/<uuid:news_id>/tags/<uuid:tag_id>/remove")
@login_required
def remove_tag(news_id: UUID, tag_id: UUID) -> Answer:
    """Take a tag off a story."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    tag = tag_queries.get_tag(current_user.id, tag_id) or abort(404)
    tags.take(current_user.id, [news_id], [tag.id])
    db.session.commit()
    return _tagged(story, f"Tag “{tag.name}” taken off.")


@bp.get("/tags")
@login_required
def all_tags() -> str:
    """Show every tag with its number of stories."""
    return _page()


@bp.post("/tags/<uuid:tag_id>/rename")
@login_required
def rename_tag(tag_id: UUID) -> Answer:
    """Rename a tag; onto the name of another one, they become one."""
    tag = tag_queries.get_tag(current_user.id, tag_id) or abort(404)
    typed = clean_line(request.form.get("name")) or ""
    try:
        renamed = tags.rename(current_user.id, tag_id, typed)
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        return _page(refused=tag_id, typed=typed, error=str(error)), 422
    if renamed.merged:
        flash(f"“{tag.name}” went into “{renamed.name}”.", "success")
    else:
        flash(f"“{tag.name}” is called “{renamed.name}” now.", "success")
    return redirect(url_for("news.all_tags"), 303)


@bp.post("/tags/<uuid:tag_id>/delete")
@login_required
def delete_tag(tag_id: UUID) -> Response:
    """Delete a tag; its stories stay."""
    name = tags.remove(current_user.id, tag_id)
    db.session.commit()
    flash(f"Tag “{name}” deleted. Its stories are still here.", "success")
    return redirect(url_for("news.all_tags"), 303)


def _page(refused: UUID | None = None, typed: str = "", error: str = "") -> str:
    return render_template(
        "news/tags.html",
        tags=tag_queries.counted_tags(current_user.id),
        refused=refused,
        typed=typed,
        error=error,
        most=tags.MOST,
        longest=tags.LONGEST,
    )


def _tagged(story: Story, words: str) -> Answer:
    """Answer with the story's tags as they are now."""
    if wants_fragment():
        return _fragment(story, words=words)
    flash(words, "success")
    return redirect(Listing.asked().story_url(story.id), 303)


def _refused(story: Story, typed: str, error: str) -> str:
    if wants_fragment():
        return _fragment(story, typed, error)
    return story_page(story, typed, error)


def _fragment(story: Story, typed: str = "", error: str = "", words: str = "") -> str:
    return render_template(
        "news/_tags.html",
        story=story,
        listing=Listing.asked(),
        tags=tag_queries.tags_for(current_user.id, story.id),
        typed_tags=typed,
        tag_error=error,
        tagged=words,
    )
