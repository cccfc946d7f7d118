"""Pages that write, change and delete stories."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.news.forms import StoryForm
from blueprints.news.views import bp
from extensions import db
from queries import media as media_queries
from queries import news as news_queries
from queries.news import Story
from services import media, news, tracks, uploads
from services.storage import open_storage

Answer = Response | str | tuple[str, int]


@bp.get("/new")
@login_required
def create() -> str:
    """Show the empty form."""
    return _form(StoryForm(), None)


@bp.post("/new")
@login_required
def save_new() -> Answer:
    """Store a story and its files together, or nothing of them."""
    form = StoryForm()
    prepared = form.examine_files()
    if not form.validate():
        return _form(form, None), 422
    try:
        with media.batch(open_storage()) as batch:
            news_id = news.create(current_user.id, form.draft())
            batch.store_for_story(current_user.id, news_id, prepared)
            media.attach(current_user.id, form.picked(), news_id)
            db.session.commit()
    except news.DuplicateSource as error:
        db.session.rollback()
        return _form(form, None, error), 422
    flash("Story saved.", "success")
    return redirect(url_for("news.show", news_id=news_id), 303)


@bp.get("/<uuid:news_id>/edit")
@login_required
def edit(news_id: UUID) -> str:
    """Show the form with the story in it."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    form = StoryForm()
    form.fill(story)
    return _form(form, story)


@bp.post("/<uuid:news_id>/edit")
@login_required
def save(news_id: UUID) -> Answer:
    """Store what was changed, and the files that were added."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    form = StoryForm()
    prepared = form.examine_files()
    if not form.validate():
        return _form(form, story), 422
    try:
        with media.batch(open_storage()) as batch:
            news.change(current_user.id, news_id, form.draft())
            batch.store_for_story(current_user.id, news_id, prepared)
            media.attach(current_user.id, form.picked(), news_id)
            db.session.commit()
    except news.DuplicateSource as error:
        db.session.rollback()
        return _form(form, story, error), 422
    flash("Story saved.", "success")
    return redirect(url_for("news.show", news_id=news_id), 303)


@bp.get("/<uuid:news_id>/delete")
@login_required
def confirm_delete(news_id: UUID) -> str:
    """Ask before deleting, for browsers without scripts."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    assets = media_queries.of_story(current_user.id, news_id)
    return render_template("news/delete.html", story=story, assets=assets)


@bp.post("/<uuid:news_id>/delete")
@login_required
def delete(news_id: UUID) -> Response:
    """Delete a story; its files go too when the reader ticked that, else to the library."""
    removed = news.remove(current_user.id, news_id, with_media="with_media" in request.form)
    db.session.commit()
    media.delete_objects(open_storage(), removed.keys)
    tracks.discard(removed.tracks)
    flash("Story deleted.", "success")
    return redirect(url_for("news.index"), 303)


def _form(form: StoryForm, story: Story | None, same: news.DuplicateSource | None = None) -> str:
    unused = media_queries.library(current_user.id, unused=True, limit=24)
    form.library.choices = [
        (str(asset.id), asset.name, {"data-type": asset.type.value}) for asset in unused
    ]
    if same:
        form.source_url.errors = [*form.source_url.errors, "You already keep this address."]
    return render_template(
        "news/form.html",
        form=form,
        story=story,
        duplicate=same,
        drop=uploads.drop_zone(),
    )
