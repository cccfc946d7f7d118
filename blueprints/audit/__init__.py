"""The audit log, for admins."""

from blueprints.audit import views
from blueprints.audit.views import bp

__all__ = ["bp", "views"]
