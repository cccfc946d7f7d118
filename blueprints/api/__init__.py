"""The JSON API, /api/v1: what programs may do with what pages show."""

from blueprints.api import generations, media, reading, sources, stories, tracks, usage
from blueprints.api.blueprint import bp

__all__ = ["bp", "generations", "media", "reading", "sources", "stories", "tracks", "usage"]
