"""How somebody likes to read: what marks a story as read, and the keyboard."""

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from blueprints.accounts.blueprint import bp
from extensions import db
from services import reading_habits
from services.reading_habits import MarksRead


@bp.post("/account/reading")
@login_required
def reading() -> Response:
    """Keep what the form on the account page says."""
    chosen = request.form.get("mark_read", "")
    if chosen not in set(MarksRead):
        abort(422)
    reading_habits.change(current_user.id, mark_read=MarksRead(chosen), keys="keys" in request.form)
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/keys")
@login_required
def keys() -> Response:
    """Turn the keys on or off, for the switch in their list."""
    chosen = request.form.get("keys", "")
    if chosen not in {"on", "off"}:
        abort(422)
    reading_habits.change(current_user.id, keys=chosen == "on")
    db.session.commit()
    return Response(status=204)
