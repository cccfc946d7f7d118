"""Keeping an article from elsewhere: an address, then what was found there, then the story.

Links, bookmarklets and shares only fill in the address: nothing is fetched before somebody presses
the button, so that no other site can make this one fetch.
"""

import logging
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, StringField, ValidationError
from wtforms.validators import InputRequired

from blueprints.fields import Form, clean_line
from blueprints.news.forms import LONGEST_ADDRESS, StoryForm
from blueprints.news.views import bp
from blueprints.news.writing import story_form
from errors import AppError
from extensions import db, limiter
from presentation import reader_zone, told
from queries import news as news_queries
from services import clock, markdown, media, news, plans, saving, story_pictures, uploads
from services.saving import Found
from services.storage import open_storage

Answer = Response | str | tuple[str, int]
log = logging.getLogger(__name__)


class AddressForm(Form):
    """The address of an article."""

    url = StringField(
        "Address",
        filters=[clean_line],
        validators=[InputRequired("Paste the address of an article.")],
    )

    def validate_url(self, field: StringField) -> None:
        """Take what holds one web address."""
        field.data = saving.address_in(field.data) or field.data
        if not str(field.data).lower().startswith(("http://", "https://")):
            raise ValidationError("Start the address with http:// or https://.")
        if len(str(field.data)) > LONGEST_ADDRESS:
            raise ValidationError(f"Keep the address within {LONGEST_ADDRESS:,} characters.")


class ArticleForm(StoryForm):
    """A story that was found elsewhere, to be corrected; its pictures are kept if wished."""

    picture = HiddenField(filters=[clean_line])
    thumbnail = HiddenField()
    keep_picture = BooleanField("Keep its pictures")

    def show(self, found: Found) -> None:
        """Fill in what was found."""
        article = found.article
        self.headline.data = article.headline[:300]
        self.content.data = _signed(article.author, article.content)[: saving.LONGEST_CONTENT]
        self.source_url.data = found.url
        if article.published_at:
            self.published_at.data = clock.to_local(article.published_at, reader_zone())
        self.picture.data, self.thumbnail.data = found.picture, found.thumbnail
        self.keep_picture.data = True

    @property
    def small(self) -> str:
        """Return the picture to show; nothing that isn't one as we make it."""
        data = str(self.thumbnail.data or "")
        return data if data.startswith("data:image/webp;base64,") else ""

    @property
    def in_text(self) -> int:
        """Return how many pictures of the text are kept with it."""
        shown = markdown.pictures_of(str(self.content.data or ""))
        return min(len(shown), story_pictures.MOST)

    def wanted_picture(self) -> str:
        """Return the address of the picture that is to be kept."""
        wanted = str(self.picture.data or "")
        return wanted[:LONGEST_ADDRESS] if self.keep_picture.data else ""


@bp.get("/save")
@login_required
def save_page() -> str:
    """Show an address, from a bookmarklet or a share, with the button that fetches it."""
    form = AddressForm(formdata=None)
    given = [clean_line(request.args.get(name)) for name in ("url", "text", "title")]
    form.url.data = saving.address_in(*given) or given[0]
    return _address(form, same=_same(form.url.data))


@bp.post("/save")
@login_required
@limiter.limit("30 per minute")
def fetch_page() -> Answer:
    """Fetch the article and show it in the story's form, to be corrected and kept."""
    form = AddressForm()
    if not form.validate():
        return _address(form), 422
    url = str(form.url.data)
    if same := _same(url):
        return _address(form, same=same), 422
    # Another site is asked, which takes its time: no connection to the database is held.
    db.session.close()
    try:
        found = saving.find(url)
    except AppError as error:
        return _address(form, problem=error), 422
    article = ArticleForm(formdata=None)
    article.show(found)
    if same := _same(found.url):
        form.url.data = found.url
        return _address(form, same=same), 422
    return _form(article)


@bp.post("/<uuid:news_id>/whole")
@login_required
@limiter.limit("30 per minute")
def fetch_whole(news_id: UUID) -> Answer:
    """Fetch the article of a story anew and show its text in the form, to be kept or not."""
    story = news_queries.find_story(current_user.id, news_id)
    if story is None or not story.web_address:
        abort(404)
    db.session.close()
    try:
        found = saving.find(story.web_address)
    except AppError as error:
        flash(told(error), "error")
        return redirect(url_for("news.show", news_id=news_id), 303)
    form = StoryForm(formdata=None)
    form.fill(story)
    form.content.data = found.article.content[: saving.LONGEST_CONTENT]
    return story_form(form, story, fetched=True)


@bp.post("/save/story")
@login_required
def keep_article() -> Answer:
    """Keep the story, with its picture when that was wished and can be had."""
    form = ArticleForm()
    if not form.validate():
        return _form(form), 422
    lost = ""
    try:
        plans.check_stories(current_user.id, adding=1)
        db.session.close()
        news_id, lost = _keep(form)
    except AppError as error:
        db.session.rollback()
        return _form(form, error), error.status if error.status >= 500 else 422
    flash(f"Story saved, without its picture: {lost}" if lost else "Story saved.", "success")
    return redirect(url_for("news.show", news_id=news_id), 303)


def _keep(form: ArticleForm) -> tuple[UUID, str]:
    """Return the new story, and why its picture was not kept, if it wasn't."""
    wanted, lost = form.wanted_picture(), ""
    if wanted:
        try:
            with saving.picture(wanted) as prepared, media.batch(open_storage()) as batch:
                news_id = news.create(current_user.id, form.draft())
                batch.store_for_story(current_user.id, news_id, [prepared])
                _ask_for_others(form, news_id)
                db.session.commit()
                return news_id, ""
        except news.DuplicateSource:
            raise
        except AppError as error:
            db.session.rollback()
            lost = told(error)
    news_id = news.create(current_user.id, form.draft())
    _ask_for_others(form, news_id)
    db.session.commit()
    return news_id, lost


def _ask_for_others(form: ArticleForm, news_id: UUID) -> None:
    """Have the worker keep the pictures of the text; where it may not, they stay links."""
    if not form.keep_picture.data:
        return
    try:
        with db.session.begin_nested():
            story_pictures.ask(current_user.id, news_id)
    except AppError as error:
        log.info("the pictures of a story are not asked for: %s", type(error).__name__)


def _same(url: str | None) -> tuple[UUID, str] | None:
    """Return id and headline of the story that has that address already."""
    return news.find_same(current_user.id, url) if url else None


def _signed(author: str, content: str) -> str:
    return f"*{author}*\n\n{content}" if author else content


def _address(
    form: AddressForm, *, same: tuple[UUID, str] | None = None, problem: AppError | None = None
) -> str:
    feed = isinstance(problem, saving.IsFeed)
    return render_template(
        "news/save.html", form=form, duplicate=same, problem=problem, is_feed=feed
    )


def _form(form: ArticleForm, error: AppError | None = None) -> str:
    same: Any = error if isinstance(error, news.DuplicateSource) else None
    if same:
        form.source_url.errors = [*form.source_url.errors, "You already keep this address."]
    elif error:
        form.form_errors.append(told(error))
    return render_template(
        "news/form.html",
        form=form,
        story=None,
        duplicate=same,
        own=[],
        drop=uploads.drop_zone(),
        article=form,
    )
