"""Stories: the history, one story, writing and deleting."""

from blueprints.news import narrating, writing  # noqa: F401  (add their pages to the blueprint)
from blueprints.news.views import bp

__all__ = ["bp"]
