"""Narrations: the list, one narration, its sound, its words, and where the reader stands."""

from blueprints.audio import captions, generations, position, queue, takes, voices, words
from blueprints.audio.views import bp

__all__ = [
    "bp",
    "captions",
    "generations",
    "position",
    "queue",
    "takes",
    "voices",
    "words",
]
