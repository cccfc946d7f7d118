"""The reader's page about their podcast and their briefings."""

from blueprints.podcast import briefing
from blueprints.podcast.views import bp

__all__ = ["bp", "briefing"]
