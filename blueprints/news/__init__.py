"""Stories: the history, one story, writing and deleting."""

from blueprints.news import writing  # noqa: F401  (adds its pages to the blueprint)
from blueprints.news.views import bp

__all__ = ["bp"]
