"""The page on which readers make, see, renew and revoke the address of their podcast."""

from blueprints.podcast.views import bp

__all__ = ["bp"]
