"""The addresses that `url` columns hold when files are kept in a folder."""

from blueprints.objects.views import bp

__all__ = ["bp"]
