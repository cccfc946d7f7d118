"""Stories: the history, one story, writing and deleting."""

from blueprints.news import narrating, saving, writing  # noqa: F401  (add their pages)
from blueprints.news.views import bp

__all__ = ["bp"]
