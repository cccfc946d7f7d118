"""Taking everything along, and bringing it in."""

from blueprints.archive import views
from blueprints.archive.views import bp

__all__ = ["bp", "views"]
