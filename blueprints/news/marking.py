"""What the buttons of stories do, one by one and for many at once."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints import access
from blueprints.news.listing import Listing
from blueprints.news.views import bp
from blueprints.rendering import offer_undo, wants_fragment
from errors import InvalidInput
from extensions import db
from queries import news as news_queries
from queries import reading as reading_queries
from queries import tags as tag_queries
from queries.paging import Cursor
from services import media, news, reading, reading_habits, tags, tracks
from services.reading import Mark
from services.reading_habits import Sort
from services.storage import open_storage

Answer = Response | str

ONE = {
    Mark.READ: "Marked as read.",
    Mark.UNREAD: "Marked as unread.",
    Mark.STARRED: "Starred.",
    Mark.UNSTARRED: "Star taken away.",
    Mark.ARCHIVED: "Archived.",
    Mark.UNARCHIVED: "Taken out of the archive.",
}
MANY = {
    Mark.READ: "marked as read",
    Mark.UNREAD: "marked as unread",
    Mark.STARRED: "starred",
    Mark.UNSTARRED: "without a star now",
    Mark.ARCHIVED: "archived",
    Mark.UNARCHIVED: "taken out of the archive",
}

IN_A_COOKIE = 20
"""Stories that a message on the next page can name: it travels in the session's cookie."""


@bp.post("/<uuid:news_id>/mark")
@login_required
def mark(news_id: UUID) -> Answer:
    """Mark a story as its form's `as` says, and answer with its buttons as they are then."""
    news_queries.find_story(current_user.id, news_id) or abort(404)
    what = _mark(request.form.get("as", ""))
    changed = reading.mark(current_user.id, [news_id], what)
    db.session.commit()
    if "quiet" not in request.form:
        _tell(ONE[what], "news.mark", {"as": what.opposite.value}, changed, news_id=news_id)
    return _answer([news_id], url_for("news.show", news_id=news_id))


@bp.post("/bulk")
@login_required
def bulk() -> Answer:
    """Do with the ticked stories what the pressed button says."""
    ids = _ids()
    act = request.form.get("act", "")
    other = _OTHER_ACTS.get(act)
    if other:
        return other(ids)
    what = _mark(act)
    changed = reading.mark(current_user.id, ids, what)
    db.session.commit()
    words = f"{_stories(len(changed))} {MANY[what]}." if changed else "They were so already."
    _tell(words, "news.bulk", {"act": what.opposite.value}, changed)
    return _answer(ids, url_for("news.index"))


@bp.post("/read-all")
@login_required
def read_all() -> Response:
    """Mark a whole list as read, up to the newest story that its page knew of."""
    upto = Cursor.parse(request.form.get("upto"))
    if upto is None:
        raise InvalidInput("Reload the page and try again.")
    listing = Listing.asked()
    marked = reading.mark_all_read(current_user.id, listing.wanted, upto)
    db.session.commit()
    words = f"{_stories(marked.count)} marked as read."
    if marked.more:
        words += " There are more; mark them in the same way."
    if marked.at:
        fields = {"at": marked.at.isoformat()}
        offer_undo(words, url_for("news.unread_again"), fields, page=True)
    else:
        flash("Nothing was unread.", "success")
    return redirect(listing.url(), 303)


@bp.post("/unread-again")
@login_required
def unread_again() -> Response:
    """Undo what marked a whole list as read."""
    try:
        at = datetime.fromisoformat(request.form.get("at", ""))
    except ValueError as error:
        raise InvalidInput("That can't be undone any more.") from error
    if at.tzinfo is None:
        raise InvalidInput("That can't be undone any more.")
    count = reading.unmark_all(current_user.id, at)
    db.session.commit()
    flash(f"{_stories(count)} marked as unread again.", "success")
    return redirect(access.came_from(url_for("news.index")), 303)


@bp.post("/sort")
@login_required
def sort() -> Response:
    """Remember which end of the history comes first."""
    chosen = request.form.get("sort", "")
    if chosen not in set(Sort):
        raise InvalidInput("Lists begin with the newest or with the oldest story.")
    reading_habits.change(current_user.id, sort=Sort(chosen))
    db.session.commit()
    back = access.safe_path(request.form.get("next")) or url_for("news.index")
    return redirect(back, 303)


def _delete(ids: Sequence[UUID]) -> Answer:
    count, removed = news.remove_many(current_user.id, ids, with_media="with_media" in request.form)
    db.session.commit()
    media.delete_objects(open_storage(), removed.keys)
    tracks.discard(removed.tracks)
    flash(f"{_stories(count)} deleted.", "success")
    return _answer(ids, url_for("news.index"))


def _tag(ids: Sequence[UUID]) -> Answer:
    given = tags.give(current_user.id, ids, tags.names_in(request.form.get("tags", "")))
    db.session.commit()
    flash(f"Tagged {_listed([tag.name for tag in given])}.", "success")
    return _answer(ids, url_for("news.index"))


def _untag(ids: Sequence[UUID]) -> Answer:
    names = {name.casefold() for name in tags.names_in(request.form.get("tags", ""))}
    known = [tag for tag in tag_queries.all_tags(current_user.id) if tag.name.casefold() in names]
    if not known:
        raise InvalidInput("You have no tag of that name.")
    count = tags.take(current_user.id, ids, [tag.id for tag in known])
    db.session.commit()
    listed = _listed([tag.name for tag in known])
    flash(f"{listed} taken off {_stories(count)}." if count else "None had it.", "success")
    return _answer(ids, url_for("news.index"))


_OTHER_ACTS: dict[str, Callable[[Sequence[UUID]], Answer]] = {
    "delete": _delete,
    "tag": _tag,
    "untag": _untag,
}


def _answer(ids: Sequence[UUID], default: str) -> Answer:
    """Answer htmx with what became of the stories, and a plain form with the page it was on."""
    if not wants_fragment():
        return redirect(access.came_from(default), 303)
    stories = reading_queries.marked_stories(current_user.id, ids)
    known = {story.id for story in stories}
    return render_template(
        "news/_marked.html",
        stories=stories,
        gone=[news_id for news_id in ids if news_id not in known],
        style="story" if request.form.get("style") == "story" else "row",
    )


def _tell(
    words: str, undo: str, fields: dict[str, str], changed: Sequence[UUID], **values: Any
) -> None:
    """Leave a message, with a button that undoes what was changed."""
    if not changed or (not wants_fragment() and len(changed) > IN_A_COOKIE):
        flash(words, "success")
        return
    sent: dict[str, Any] = dict(fields)
    if not values:
        sent["ids"] = [str(news_id) for news_id in changed]
    if request.form.get("style") == "story":
        sent["style"] = "story"
    offer_undo(words, url_for(undo, **values), sent)


def _mark(text: str) -> Mark:
    try:
        return Mark(text)
    except ValueError as error:
        raise InvalidInput("That can't be done with a story.") from error


def _ids() -> list[UUID]:
    try:
        ids = [UUID(text) for text in request.form.getlist("ids")]
    except ValueError as error:
        raise InvalidInput("Reload the page and try again.") from error
    return reading.within_limit(ids)


def _stories(count: int) -> str:
    return "1 story" if count == 1 else f"{count:,} stories"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
