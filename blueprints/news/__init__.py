"""Stories: the history, one story, its states and tags, writing and deleting."""

from blueprints.news import (  # noqa: F401  (add their pages to the blueprint)
    marking,
    narrating,
    pictures,
    saving,
    tagging,
    writing,
)
from blueprints.news.views import bp

__all__ = ["bp"]
