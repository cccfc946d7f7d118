"""Narrations: the list, one narration, and its sound."""

from blueprints.audio.views import bp

__all__ = ["bp"]
