"""What podcast apps fetch: the feeds, their sounds and their transcripts, by a secret address."""

from blueprints.podcast_feed import feeds, files
from blueprints.podcast_feed.blueprint import bp

__all__ = ["bp", "feeds", "files"]
