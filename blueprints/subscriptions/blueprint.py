"""The blueprint that all pages of this area belong to."""

from flask import Blueprint
from flask_login import current_user

from services.audit import Person

bp = Blueprint("subscriptions", __name__, url_prefix="/subscriptions")


def acting() -> Person:
    """Return who is signed in, as the log names them."""
    return Person(current_user.id, current_user.email)
