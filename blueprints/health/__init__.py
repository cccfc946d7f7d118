"""Whether the site is alive and ready, for machines."""

from blueprints.health.views import bp

__all__ = ["bp"]
