"""The blueprint that the pages of this folder add themselves to."""

from flask import Blueprint

from blueprints.usage.units import listened

bp = Blueprint("usage", __name__, url_prefix="/usage")
bp.add_app_template_filter(listened)
