"""Pages that write, change and delete stories."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.fields import clean_line
from blueprints.news.forms import StoryForm
from blueprints.news.views import bp
from errors import AppError
from extensions import db
from presentation import told
from queries import media as media_queries
from queries import news as news_queries
from queries.news import Story
from services import media, news, plans, tracks, uploads
from services.storage import open_storage
from services.uploads import Prepared

Answer = Response | str | tuple[str, int]


@bp.get("/new")
@login_required
def create() -> str:
    """Show the form, empty but for an address that could not be fetched."""
    form = StoryForm()
    form.source_url.data = clean_line(request.args.get("source_url"))
    return story_form(form, None)


@bp.post("/new")
@login_required
def save_new() -> Answer:
    """Store a story and its files together, or nothing of them."""
    return _store(StoryForm(), None)


@bp.get("/<uuid:news_id>/edit")
@login_required
def edit(news_id: UUID) -> str:
    """Show the form with the story in it."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    form = StoryForm()
    form.fill(story)
    return story_form(form, story)


@bp.post("/<uuid:news_id>/edit")
@login_required
def save(news_id: UUID) -> Answer:
    """Store what was changed, and the files that were added."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    return _store(StoryForm(), story)


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


def _store(form: StoryForm, story: Story | None) -> Answer:
    prepared: list[Prepared] = []
    try:
        _check_room(form, story)
        # Decoding takes its time; no connection to the database is held meanwhile.
        db.session.close()
        prepared = form.examine_files()
        if not form.validate():
            return story_form(form, story), 422
        with media.batch(open_storage()) as batch:
            news_id = _write(form, story)
            batch.store_for_story(current_user.id, news_id, prepared)
            media.attach(current_user.id, form.picked(), news_id)
            db.session.commit()
    except AppError as error:
        db.session.rollback()
        return story_form(form, story, error), error.status if error.status >= 500 else 422
    finally:
        for file in prepared:
            file.close()
    flash("Story saved.", "success")
    return redirect(url_for("news.show", news_id=news_id), 303)


def _check_room(form: StoryForm, story: Story | None) -> None:
    """Refuse what can't fit before it is decoded; the services decide exactly."""
    if story is None:
        plans.check_stories(current_user.id, adding=1)
    if sizes := [uploads.least_size(file.stream) for file in form.chosen_files()]:
        plans.check_storage(current_user.id, sum(sizes))


def _write(form: StoryForm, story: Story | None) -> UUID:
    if story is None:
        return news.create(current_user.id, form.draft())
    news.change(current_user.id, story.id, form.draft(), form.seen())
    media.take_out(current_user.id, form.taken_out(), story.id)
    return story.id


def story_form(
    form: StoryForm,
    story: Story | None,
    error: AppError | None = None,
    *,
    fetched: bool = False,
) -> str:
    """Render the form; with `error` it keeps what was typed and says what went wrong.

    `fetched` says that its text was fetched a moment ago and is not kept yet.
    """
    own = media_queries.of_story(current_user.id, story.id) if story else []
    if story and isinstance(error, news.Overtaken):
        form.version.data = story.updated_at.isoformat()
    unused = media_queries.library(current_user.id, unused=True, limit=24)
    form.library.choices = [
        (str(asset.id), asset.name, {"data-type": asset.type.value}) for asset in unused
    ]
    same = error if isinstance(error, news.DuplicateSource) else None
    if same:
        form.source_url.errors = [*form.source_url.errors, "You already keep this address."]
    elif error:
        form.form_errors.append(told(error))
    return render_template(
        "news/form.html",
        form=form,
        story=story,
        duplicate=same,
        own=own,
        drop=uploads.drop_zone(),
        fetched=fetched,
    )
