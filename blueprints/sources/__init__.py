"""Sources: the feeds that a reader follows."""

from blueprints.sources import adding, changing, lists, views
from blueprints.sources.views import bp

__all__ = ["adding", "bp", "changing", "lists", "views"]
