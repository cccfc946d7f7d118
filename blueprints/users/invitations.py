"""Inviting people, and the invitations that are open."""

from uuid import UUID

from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from blueprints.access import admin_required, person
from blueprints.users.blueprint import bp, hand_over, take_link
from blueprints.users.forms import InviteForm
from config import settings
from errors import Conflict, InvalidInput
from extensions import db
from models import Role
from queries.invitations import open_invitations
from services import mail, people


@bp.get("/invitations")
@admin_required
def invitations() -> Response:
    """Show the open invitations and a form for another."""
    return _page(InviteForm(formdata=None))


@bp.post("/invitations")
@admin_required
def invite() -> Response:
    """Invite somebody: by mail, or with a link that is shown once."""
    form = InviteForm()
    if not form.validate():
        return _page(form)
    role = Role(form.role.data)
    try:
        email, secret = people.invite(form.email.data or "", role, by=person())
    except (Conflict, InvalidInput) as error:
        db.session.rollback()
        form.email.errors = [str(error)]
        return _page(form)
    db.session.commit()
    hand_over(mail.invitation_letter(email, secret, role), f"An invitation goes to {email}.")
    return redirect(url_for("users.invitations"), 303)


@bp.post("/invitations/<uuid:invitation_id>/revoke")
@admin_required
def revoke(invitation_id: UUID) -> Response:
    """Let an invitation work no more."""
    email = people.revoke(invitation_id, by=person())
    db.session.commit()
    flash(f"The invitation for {email} works no more.", "success")
    return redirect(url_for("users.invitations"), 303)


def _page(form: InviteForm) -> Response:
    page = render_template(
        "users/invitations.html",
        form=form,
        invitations=open_invitations(),
        shown=take_link() if not form.errors else None,
        mailed=settings().smtp_url is not None,
        registration=settings().registration,
    )
    return make_response(page, 422 if form.errors else 200)
