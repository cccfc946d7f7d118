"""Pages that have a story read aloud."""

from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.narrating import answer_asked, fragment_of
from blueprints.news.narrate_form import SPEED_LABELS, NarrateForm
from blueprints.news.views import bp
from blueprints.rendering import wants_fragment
from config import settings
from errors import AppError
from extensions import db
from presentation import told
from queries import news as news_queries
from queries.news import Story
from services import narration, narration_cost, plans, voice_choice
from services.spoken_text import NothingToSay
from services.voices import VoiceInfo
from services.voices.errors import VoiceError
from services.voices.languages import suggest_language

Answer = Response | str | tuple[str, int]


@bp.get("/<uuid:news_id>/narrate")
@login_required
def choose_voice(news_id: UUID) -> Answer:
    """Show voices and words to choose from; only the voices when htmx changes the language."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    usual = voice_choice.preference_of(current_user.id)
    form = NarrateForm(formdata=None, data={"speed": usual.speed})
    if wants_fragment():
        form.language.data = request.args.get("language", "")
        return render_template("news/_voices.html", form=form, voices=_voices(form))
    try:
        form.text.data = narration.words_of(story)
    except NothingToSay as error:
        form.text.errors = [str(error)]
    known = voice_choice.list_voices()
    form.voice_id.data = usual.voice_id or known[0].id
    form.language.data = suggest_language(form.text.data or "") or known[0].language
    try:
        chosen = voice_choice.suited(known, form.voice_id.data, form.text.data or "")
        form.voice_id.data = chosen.id
        form.language.data = chosen.language or form.language.data
    except voice_choice.NoVoice as error:
        form.language.errors = [str(error)]
    form.language.data = request.args.get("language") or form.language.data
    return _page(story, form)


@bp.post("/<uuid:news_id>/narrate")
@login_required
def narrate(news_id: UUID) -> Answer:
    """Queue a narration and answer with what the page shows of it now."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    form = NarrateForm()
    whole = "text" in request.form
    if whole:
        form.require()
    if not form.validate():
        return _page(story, form), 422
    try:
        asked = narration.ask(current_user.id, news_id, form.wish(set(request.form)))
        if form.remember.data:
            voice_choice.prefer(current_user.id, form.preference())
        db.session.commit()
    except AppError as error:
        db.session.rollback()
        if not whole:
            raise
        field = form.voice_id if isinstance(error, VoiceError) else form.text
        field.errors = [*field.errors, told(error)]
        return _page(story, form), 422
    return answer_asked(asked, story)


@bp.get("/<uuid:news_id>/narration")
@login_required
def narration_state(news_id: UUID) -> Response:
    """Show how far the narration is: the region of the story's page, or its chip in a list."""
    story = news_queries.find_story(current_user.id, news_id) or abort(404)
    if not wants_fragment():
        return redirect(url_for("news.show", news_id=news_id))
    return fragment_of(story)


def _page(story: Story, form: NarrateForm) -> str:
    text = form.text.data or ""
    speed = None if form.speed.errors else form.speed.data
    able = _voices(form)
    cost = narration_cost.of_wish(current_user.id, story.id, form.wish(set(form.data)))
    return render_template(
        "news/narrate.html",
        story=story,
        form=form,
        voices=able,
        languages=voice_choice.languages(voice_choice.list_voices()),
        speeds=SPEED_LABELS,
        characters=len(text),
        seconds=narration.seconds_to_hear(len(text), speed or 1.0),
        per_second=narration.CHARACTERS_PER_SECOND,
        most=settings().max_spoken_characters,
        cost=cost,
        contact=plans.contact() if cost.month.warns else "",
    )


def _voices(form: NarrateForm) -> list[VoiceInfo]:
    """Return the voices that read the chosen language, the chosen voice among them."""
    known = voice_choice.list_voices()
    able = voice_choice.that_speak(known, form.language.data or "")
    ids = [info.id for info in able]
    if form.voice_id.data not in ids:
        form.voice_id.data = ids[0] if ids else ""
    return able
