"""What is used: the statistics and charts of admins, and a reader's own year."""

from blueprints.usage import growth, own  # noqa: F401  (add their pages to the blueprint)
from blueprints.usage.views import bp

__all__ = ["bp"]
